package model

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
)

// Folder is a trained model on disk.
type Folder struct {
	// Dir is where it lies.
	Dir   string
	Plans *plans.Plans
	// Description is the dataset.json that the model was trained with.
	Description *dataset.Description
	// Folds are the names behind fold_ ("0", "1", ..., "all") that hold the wanted checkpoint.
	Folds []string

	files map[string]string // fold -> file with the weights
}

// Checkpoint chooses between the weights at the end of training and those of the best epoch.
type Checkpoint string

// The checkpoints of a fold.
const (
	Final Checkpoint = "final"
	Best  Checkpoint = "best"
)

// names are the files that hold a checkpoint's weights: ours first, then nnU-Net's.
func (c Checkpoint) names() []string {
	if c == Best {
		return []string{"best.safetensors", "checkpoint_best.pth"}
	}
	return []string{"weights.safetensors", "checkpoint_final.pth"}
}

// Open reads a model folder. It fails when plan, dataset.json or every fold is missing.
func Open(dir string, checkpoint Checkpoint) (*Folder, error) {
	f := &Folder{Dir: dir, files: map[string]string{}}
	path, err := firstOf(dir, "plan.yaml", "plans.json")
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s is no model folder: %w%s", dir, err, modelsNear(dir)))
	}
	if models := modelsNear(dir); models != "" {
		return nil, fault.Input(fmt.Errorf("%s is no model folder%s", dir, models))
	}
	if f.Plans, err = plans.Read(path); err != nil {
		return nil, err
	}
	if f.Description, err = dataset.ReadJSON(filepath.Join(dir, "dataset.json")); err != nil {
		return nil, err
	}
	if err := f.findFolds(checkpoint); err != nil {
		return nil, fault.Input(err)
	}
	return f, nil
}

// modelsNear names the model folders in a folder that is taken for one by mistake: a run, or its models.
func modelsNear(dir string) string {
	for _, pattern := range []string{"*", filepath.Join("models", "*")} {
		found, err := filepath.Glob(filepath.Join(dir, pattern, "fold_*"))
		if err != nil || len(found) == 0 {
			continue
		}
		var models []string
		for _, fold := range found {
			models = append(models, filepath.Dir(fold))
		}
		return "; name one of the models in it: " + strings.Join(slices.Compact(models), ", ")
	}
	return ""
}

func (f *Folder) findFolds(checkpoint Checkpoint) error {
	folders, err := filepath.Glob(filepath.Join(f.Dir, "fold_*"))
	if err != nil {
		return err
	}
	slices.Sort(folders)
	for _, folder := range folders {
		fold := strings.TrimPrefix(filepath.Base(folder), "fold_")
		if path, err := firstOf(folder, checkpoint.names()...); err == nil {
			f.Folds = append(f.Folds, fold)
			f.files[fold] = path
		}
	}
	if len(f.Folds) == 0 {
		return fmt.Errorf("%s has no fold_K folder with a trained model (%s): train one first, or choose another --checkpoint",
			f.Dir, strings.Join(checkpoint.names(), " or "))
	}
	return nil
}

// Choose returns the folds to use: the wanted ones, or, when none is named, every fold but "all"
// (nnU-Net's rule), or "all" when it is the only one.
func (f *Folder) Choose(wanted []string) ([]string, error) {
	if len(wanted) == 0 {
		rest := slices.DeleteFunc(slices.Clone(f.Folds), func(k string) bool { return k == "all" })
		if len(rest) == 0 {
			return f.Folds, nil
		}
		return rest, nil
	}
	for i, k := range wanted {
		if slices.Contains(wanted[:i], k) {
			return nil, fault.Input(fmt.Errorf("fold %s is named twice; every fold counts once", k))
		}
		if f.files[k] == "" {
			return nil, fault.Input(fmt.Errorf("%s has no trained fold %s; it has %s", f.Dir, k, strings.Join(f.Folds, ", ")))
		}
	}
	return wanted, nil
}

// File returns the file with the weights of a fold.
func (f *Folder) File(fold string) (string, error) {
	if f.files[fold] == "" {
		return "", fault.Input(fmt.Errorf("%s has no trained fold %s; it has %s", f.Dir, fold, strings.Join(f.Folds, ", ")))
	}
	return f.files[fold], nil
}

func firstOf(dir string, names ...string) (string, error) {
	for _, n := range names {
		path := filepath.Join(dir, n)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is missing in %s", strings.Join(names, " or "), dir)
}

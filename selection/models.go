package selection

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/model"
)

// candidate is a model of a run, or several whose probabilities are averaged, with the validation
// predictions of every fold.
type candidate struct {
	models []string // folders below models
	folds  []fold
	files  map[string]string // case -> segmentation
}

// fold is a trained fold and the cases that it did not see: those it speaks for, and those that an
// earlier fold did not see either.
type fold struct {
	name         string
	cases, twice []string
}

func (c *candidate) name() string { return strings.Join(c.models, " + ") }

func (c *candidate) foldNames() []string {
	var names []string
	for _, f := range c.folds {
		names = append(names, f.name)
	}
	return names
}

// cases returns the validation cases of all folds.
func (c *candidate) cases() []string {
	var all []string
	for _, f := range c.folds {
		all = append(all, f.cases...)
	}
	return all
}

// findModels lists the models of a run that have validation predictions: those asked for, or all by name.
func findModels(o Options) ([]*candidate, error) {
	names, err := modelNames(o)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s is no run folder with trained models: %w; train first: autoseg run", o.Run, err))
	}
	var found []*candidate
	var findings []error
	for _, name := range names {
		c, err := findFolds(o, name)
		if err != nil {
			findings = append(findings, err)
			continue
		}
		found = append(found, c)
	}
	if err := errors.Join(findings...); err != nil {
		return nil, fault.Input(err)
	}
	if len(found) == 0 {
		return nil, fault.Input(fmt.Errorf("%s holds no trained model; train first: autoseg run", o.Run))
	}
	return found, nil
}

func modelNames(o Options) ([]string, error) {
	if len(o.Models) > 0 {
		return o.Models, nil
	}
	entries, err := os.ReadDir(filepath.Join(o.Run, "models"))
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// findFolds collects the validation predictions of a model's folds. The fold "all" has none: it saw every
// case.
func findFolds(o Options, name string) (*candidate, error) {
	dir := filepath.Join(o.Run, "models", name)
	folder, err := model.Open(dir, model.Final)
	if err != nil {
		return nil, err
	}
	names, err := folder.Choose(o.Folds)
	if err != nil {
		return nil, err
	}
	c := &candidate{models: []string{name}, files: map[string]string{}}
	for _, k := range names {
		if k == "all" {
			continue
		}
		f, err := c.addFold(dir, k, folder.Description.FileEnding)
		if err != nil {
			return nil, err
		}
		if len(f.twice) > 0 && len(o.Folds) == 0 {
			return nil, fmt.Errorf("%s: case %s is a validation case of two folds; cross-validation needs disjoint ones", name, f.twice[0])
		}
		c.folds = append(c.folds, f)
	}
	if len(c.folds) == 0 {
		return nil, fmt.Errorf("%s has no fold with validation cases; train folds 0 to 4", dir)
	}
	return c, nil
}

// addFold collects the validation predictions of a fold of the model in dir.
func (c *candidate) addFold(dir, name, ending string) (fold, error) {
	f := fold{name: name}
	validation := filepath.Join(dir, "fold_"+name, "validation")
	files, err := filepath.Glob(filepath.Join(validation, "*"+ending))
	if err != nil {
		return f, err
	}
	if len(files) == 0 {
		return f, fmt.Errorf("%s has no predictions (CASE%s); finish the training of fold %s", validation, ending, name)
	}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ending)
		if c.files[id] != "" {
			f.twice = append(f.twice, id)
			continue
		}
		c.files[id] = file
		f.cases = append(f.cases, id)
	}
	return f, nil
}

// pairs returns every pair of models that were validated on the same folds.
func pairs(models []*candidate) []*candidate {
	var all []*candidate
	for i, a := range models {
		for _, b := range models[i+1:] {
			if slices.EqualFunc(a.folds, b.folds, func(f, g fold) bool { return f.name == g.name && slices.Equal(f.cases, g.cases) }) {
				all = append(all, &candidate{models: []string{a.models[0], b.models[0]}, folds: a.folds, files: map[string]string{}})
			}
		}
	}
	return all
}

// storeOf opens the preprocessed cases of a model: its configuration's, whatever the network.
func storeOf(run, model string) (*dataset.Store, error) {
	configuration, _, _ := strings.Cut(model, "@")
	return dataset.OpenStore(filepath.Join(run, "preprocessed", configuration))
}

package model

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/weights"
)

// fingerprintFile goes along with a model as it is.
const fingerprintFile = "dataset_fingerprint.json"

// Import writes a model folder of ours from one of nnU-Net v2: plan.yaml, dataset.json, and the weights of
// every fold as safetensors. It returns how many files of weights it wrote. Nothing of a checkpoint is
// executed.
func Import(from, to string) (int, error) {
	return convert(from, to, func(f *Folder) error { return f.Plans.Write(filepath.Join(to, "plan.yaml")) }, importFold)
}

// Export writes a trained-model folder of nnU-Net v2 from a model folder: plans.json, dataset.json and a
// checkpoint for every fold. Only networks that nnU-Net has can be exported.
func Export(from, to string) (int, error) {
	return convert(from, to, func(f *Folder) error {
		for _, c := range f.Plans.Configurations {
			resolved, err := f.Plans.Configuration(c.Name)
			if err != nil {
				return err
			}
			if family := resolved.Architecture.Family; family != "plain" && family != "residual" {
				return fault.Input(fmt.Errorf("configuration %s is a %s, which nnU-Net does not have; only plain and residual can be exported", c.Name, family))
			}
		}
		text, err := nnunetPlans(f)
		if err != nil {
			return err
		}
		return atomicfile.WriteBytes(filepath.Join(to, "plans.json"), text)
	}, exportFold)
}

// convert writes the plan, the files that stay as they are, and every fold's checkpoints.
func convert(from, to string, plan func(*Folder) error, fold func(f *Folder, name, to string, c Checkpoint) error) (int, error) {
	if sameFolder(from, to) {
		return 0, fault.Input(fmt.Errorf("%s is the model's own folder; choose another one for -o", to))
	}
	written := 0
	for _, c := range []Checkpoint{Final, Best} {
		f, err := Open(from, c)
		if err != nil && c == Best && written > 0 {
			break // a model need not have the weights of its best epoch
		}
		if err != nil {
			return written, err
		}
		if c == Final {
			if err := head(f, to, plan); err != nil {
				return written, err
			}
		}
		for _, name := range f.Folds {
			dir := filepath.Join(to, "fold_"+name)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return written, err
			}
			if err := fold(f, name, dir, c); err != nil {
				return written, fmt.Errorf("fold %s: %w", name, err)
			}
			written++
		}
	}
	return written, nil
}

// sameFolder is false for folders that do not exist.
func sameFolder(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

// head writes everything but the weights.
func head(f *Folder, to string, plan func(*Folder) error) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := plan(f); err != nil {
		return err
	}
	for _, name := range []string{"dataset.json", fingerprintFile} {
		text, err := os.ReadFile(filepath.Join(f.Dir, name))
		if errors.Is(err, os.ErrNotExist) && name == fingerprintFile {
			continue
		}
		if err != nil {
			return err
		}
		if err := atomicfile.WriteBytes(filepath.Join(to, name), text); err != nil {
			return err
		}
	}
	return nil
}

// nnunetPlans returns the text of plans.json: as it is where there is one, else made from the plan.
func nnunetPlans(f *Folder) ([]byte, error) {
	if text, err := os.ReadFile(filepath.Join(f.Dir, "plans.json")); err == nil && !exists(filepath.Join(f.Dir, "plan.yaml")) {
		return text, nil
	}
	var b bytes.Buffer
	err := f.Plans.WriteNNUNet(&b)
	return b.Bytes(), err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func importFold(f *Folder, name, to string, c Checkpoint) error {
	fold, err := f.Weights(name)
	if err != nil {
		return err
	}
	return Write(filepath.Join(to, c.names()[0]), fold.Tensors,
		Metadata{Configuration: fold.Configuration, Fold: name, Epoch: fold.Epoch, MirrorAxes: fold.MirrorAxes})
}

func exportFold(f *Folder, name, to string, c Checkpoint) error {
	fold, err := f.Weights(name)
	if err != nil {
		return err
	}
	text, err := nnunetPlans(f)
	if err != nil {
		return err
	}
	description, err := os.ReadFile(filepath.Join(f.Dir, "dataset.json"))
	if err != nil {
		return err
	}
	configuration, err := f.Plans.Configuration(fold.Configuration)
	if err != nil {
		return err
	}
	return weights.WriteNNUNet(filepath.Join(to, c.names()[1]), weights.Export{
		Weights: fold.Tensors, Configuration: fold.Configuration, Fold: name, Epoch: fold.Epoch, MirrorAxes: fold.MirrorAxes,
		Plans: text, Dataset: description, Dropout: configuration.Architecture.Dropout > 0,
	})
}

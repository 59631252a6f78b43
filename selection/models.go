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

// fold is a trained fold and the cases that it did not see.
type fold struct {
	name  string
	cases []string
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

// findModels lists the models of a run that have validation predictions, by name.
func findModels(run string) ([]*candidate, error) {
	entries, err := os.ReadDir(filepath.Join(run, "models"))
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s is no run folder with trained models: %w; train first: autoseg run", run, err))
	}
	var found []*candidate
	var findings []error
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		c, err := findFolds(run, e.Name())
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
		return nil, fault.Input(fmt.Errorf("%s holds no trained model; train first: autoseg run", run))
	}
	return found, nil
}

// findFolds collects the validation predictions of a model's trained folds. The fold "all" has none: it
// saw every case.
func findFolds(run, name string) (*candidate, error) {
	dir := filepath.Join(run, "models", name)
	folder, err := model.Open(dir, model.Final)
	if err != nil {
		return nil, err
	}
	c := &candidate{models: []string{name}, files: map[string]string{}}
	ending := folder.Description.FileEnding
	for _, k := range folder.Folds {
		if k == "all" {
			continue
		}
		validation := filepath.Join(dir, "fold_"+k, "validation")
		files, err := filepath.Glob(filepath.Join(validation, "*"+ending))
		if err != nil {
			return nil, err
		}
		f := fold{name: k}
		for _, file := range files {
			id := strings.TrimSuffix(filepath.Base(file), ending)
			if c.files[id] != "" {
				return nil, fmt.Errorf("%s: case %s is a validation case of two folds; cross-validation needs disjoint ones", name, id)
			}
			c.files[id] = file
			f.cases = append(f.cases, id)
		}
		if len(f.cases) == 0 {
			return nil, fmt.Errorf("%s has no predictions (CASE%s); finish the training of fold %s", validation, ending, k)
		}
		c.folds = append(c.folds, f)
	}
	if len(c.folds) == 0 {
		return nil, fmt.Errorf("%s has no fold with validation cases; train folds 0 to 4", dir)
	}
	return c, nil
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

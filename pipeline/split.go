package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
)

const (
	splitsFile = "splits.json"
	splitStage = "splits"
	ownSplits  = "splits_final.json" // in the dataset folder
)

// split brings the folds up to date. A splits_final.json of the dataset wins.
func (r *run) split(ctx context.Context) error {
	own, err := dataset.ReadFolds(filepath.Join(r.data.Dir, ownSplits))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Input(err)
	}
	_, err = r.do(ctx, stage{
		name:    splitStage,
		results: []string{splitsFile},
		inputs: func(in inputs) error {
			return in.values(map[string]any{"case names": r.data.IDs(), ownSplits: own})
		},
		run: func(context.Context) error {
			folds := own
			if folds == nil {
				folds = dataset.Folds(r.data.IDs())
			}
			return dataset.WriteFolds(r.path(splitsFile), folds)
		},
	})
	if err != nil {
		return err
	}
	if r.folds, err = dataset.ReadFolds(r.path(splitsFile)); err != nil {
		return fault.Input(err)
	}
	if err := r.checkFolds(); err != nil {
		return err
	}
	return r.checkCascade()
}

// fold returns the cases of a fold by its name. Numbers beyond the stored folds are nnU-Net's random
// 80:20 splits.
func (r *run) fold(name string) (dataset.Fold, error) {
	if name == "all" {
		return dataset.AllFold(r.data.IDs()), nil
	}
	number, err := strconv.Atoi(name)
	if err != nil || number < 0 {
		return dataset.Fold{}, fault.Input(fmt.Errorf("fold %q: want a number from 0, or all", name))
	}
	if number < len(r.folds) {
		return r.folds[number], nil
	}
	return dataset.RandomFold(r.data.IDs(), number), nil
}

// checkFolds reports every case of a fold that the dataset does not have.
func (r *run) checkFolds() error {
	var findings []error
	known := r.data.IDs()
	for i, fold := range r.folds {
		for _, id := range slices.Concat(fold.Train, fold.Validation) {
			if !slices.Contains(known, id) {
				findings = append(findings, fmt.Errorf("%s: fold %d names case %s, which the dataset does not have", splitsFile, i, id))
			}
		}
	}
	return fault.Input(errors.Join(findings...))
}

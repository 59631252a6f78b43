package pipeline

import (
	"context"
	"path"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/preprocess"
)

// storeDir is the folder of a configuration's preprocessed cases, relative to the run folder.
func storeDir(c *plans.Configuration) string { return path.Join("preprocessed", c.Name) }

// store opens the preprocessed cases of a configuration.
func (r *run) store(c *plans.Configuration) (*dataset.Store, error) {
	store, err := dataset.OpenStore(r.path(storeDir(c)))
	return store, fault.Input(err)
}

func prepareStage(c *plans.Configuration) string { return "preprocess/" + c.Name }

// prepare brings the preprocessed cases of every configuration up to date. All networks share them.
func (r *run) prepare(ctx context.Context) error {
	for i, c := range r.configurations {
		if slices.ContainsFunc(r.configurations[:i], func(other *plans.Configuration) bool { return other.Name == c.Name }) {
			continue
		}
		if err := r.prepareOne(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) prepareOne(ctx context.Context, c *plans.Configuration) error {
	_, err := r.do(ctx, stage{
		name:        prepareStage(c),
		results:     []string{storeDir(c)},
		incremental: true, // the store knows case by case what is still good
		inputs: func(in inputs) error {
			if err := r.trainingData(in); err != nil {
				return err
			}
			return in.values(preprocessingValues(r.plan, c))
		},
		run: func(ctx context.Context) error {
			dir := r.path(storeDir(c))
			err := preprocess.Dataset(ctx, r.data, r.plan, c.Name, dir, preprocess.Options{
				Workers: r.Threads, Progress: r.Track("preprocess "+c.Name, "cases"),
			})
			if err != nil {
				return err
			}
			return removeOthers(dir, r.data.IDs())
		},
	})
	return err
}

// removeOthers removes the cases of a store that the dataset no longer has.
func removeOthers(dir string, ids []string) error {
	store, err := dataset.OpenStore(dir)
	if err != nil {
		return err
	}
	for _, id := range store.Cases() {
		if !slices.Contains(ids, id) {
			if err := store.Remove(id); err != nil {
				return err
			}
		}
	}
	return nil
}

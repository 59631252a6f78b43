package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/selection"
)

const selectionStage = "select"

// choosePrediction brings selection.yaml up to date: which configuration or ensemble predicts the test
// images, and which rules its predictions go through.
func (r *run) choosePrediction(ctx context.Context) error {
	folds := r.validating()
	choose := r.selectBest
	if len(folds) == 0 {
		choose = r.selectUnseen
	}
	_, err := r.do(ctx, stage{
		name:    selectionStage,
		results: r.selectionResults(),
		inputs: func(in inputs) error {
			if len(folds) > 0 {
				for _, c := range r.configurations {
					in[modelName(r.plan, c)] = r.key(crossValidationStage(r.plan, c))
				}
			}
			return in.values(map[string]any{"models": r.models(), "folds": r.Folds})
		},
		run: choose,
	})
	if err != nil {
		return err
	}
	if r.selected, err = selection.Read(r.dir); err != nil {
		return err
	}
	return r.checkSelection()
}

// models returns the folders of the trained models below models.
func (r *run) models() []string {
	var names []string
	for _, c := range r.configurations {
		names = append(names, modelName(r.plan, c))
	}
	return names
}

// pairs returns every two configurations whose average is a candidate.
func (r *run) pairs() [][2]*plans.Configuration {
	var all [][2]*plans.Configuration
	if len(r.validating()) == 0 {
		return nil
	}
	for i, a := range r.configurations {
		for _, b := range r.configurations[i+1:] {
			all = append(all, [2]*plans.Configuration{a, b})
		}
	}
	return all
}

func (r *run) selectionResults() []string {
	results := []string{selection.File}
	for _, pair := range r.pairs() {
		results = append(results, selection.EnsembleDir([]string{modelName(r.plan, pair[0]), modelName(r.plan, pair[1])}))
	}
	return results
}

// selectBest compares configurations and their pairs by cross-validation.
func (r *run) selectBest(ctx context.Context) error {
	_, err := selection.Run(ctx, selection.Options{
		Run: r.dir, Dataset: r.data, Models: r.models(), Folds: r.validating(), Resume: true,
		Executor: r.Executor, Workers: r.Threads, Track: r.Track,
	})
	return err
}

// unseenChoice is the configuration to take where nothing can be compared: the one that wins most often
// among nnU-Net's.
const unseenChoice = "3d_fullres"

// selectUnseen chooses without a validation.
func (r *run) selectUnseen(context.Context) error {
	i := max(0, slices.IndexFunc(r.configurations, func(c *plans.Configuration) bool { return c.Name == unseenChoice }))
	model := modelName(r.plan, r.configurations[i])
	s := selection.Selection{Configuration: model, Model: model, Models: []string{model}, Folds: r.Folds}
	return s.Write(r.dir)
}

// checkSelection refuses a selection.yaml that somebody else made of models that are not there.
func (r *run) checkSelection() error {
	for _, model := range r.selected.Models {
		for _, fold := range r.selected.Folds {
			if r.manifest.record(trainStageOf(model, fold)) == nil {
				return fault.Input(fmt.Errorf("%s chooses fold %s of %s, which this run has not trained; remove the file to choose again", selection.File, fold, model))
			}
		}
	}
	return nil
}

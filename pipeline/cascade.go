package pipeline

import (
	"context"
	"fmt"
	"path"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/trainer"
)

// A cascade's second stage sees the image and what the first stage makes of it. In training that is, for
// every case, the segmentation by the fold that has not seen the case (nnunet-model.md 3.7).

// nextStage is the name of the stage that predicts with the first one of a cascade for c.
func (r *run) nextStage(c *plans.Configuration) string {
	return "next/" + modelName(r.plan, r.previous(c))
}

// nextDir is where its results lie, relative to the run folder.
func (r *run) nextDir(c *plans.Configuration) string {
	return path.Join(modelDir(r.plan, r.previous(c)), "predicted_next_stage")
}

// previous returns the first stage of a cascade's second one, nil for other configurations.
func (r *run) previous(c *plans.Configuration) *plans.Configuration {
	if c.PreviousStage == "" {
		return nil
	}
	first, err := r.planOf[c].Configuration(c.PreviousStage)
	if err != nil {
		return nil // choose has found it
	}
	return r.trained(modelName(r.plan, first))
}

// channels counts the input channels of a configuration's network: the image's, and one per foreground
// label of the previous stage.
func (r *run) channels(c *plans.Configuration) int {
	n := len(c.Normalisation)
	if c.PreviousStage != "" {
		n += len(r.data.Labelling.Foreground())
	}
	return n
}

// checkCascade refuses a cascade whose first stage leaves cases out that the second one trains on.
func (r *run) checkCascade() error {
	cases, err := r.validatedCases()
	if err != nil {
		return err
	}
	for _, c := range r.configurations {
		if c.PreviousStage != "" && len(cases) < len(r.data.Cases) {
			return fault.Input(fmt.Errorf("%s trains on what %s predicts for cases that it has not seen, but the folds %v validate only %d of %d cases: add --folds cv, or leave %s out of --configs",
				c.Name, c.PreviousStage, r.Folds, len(cases), len(r.data.Cases), c.Name))
		}
	}
	return nil
}

// predictNext returns the stage that predicts every training case for the second stage c of a cascade.
func (r *run) predictNext(c *plans.Configuration) stage {
	previous := r.previous(c)
	return stage{
		name:    r.nextStage(c),
		results: []string{r.nextDir(c)},
		inputs: func(in inputs) error {
			in["cases of the next stage"] = r.key(prepareStage(c))
			for _, fold := range r.validating() {
				in["fold "+fold] = r.key(trainStage(r.plan, training{previous, fold}))
			}
			return in.value("next stage", c.Name)
		},
		run: func(ctx context.Context) error {
			store, err := r.store(c)
			if err != nil {
				return err
			}
			next := &trainer.NextStage{Configuration: c, Store: store, Folder: r.path(r.nextDir(c))}
			for _, fold := range r.validating() {
				if err := r.predictNextFold(ctx, training{previous, fold}, next); err != nil {
					return fmt.Errorf("fold %s: %w", fold, err)
				}
			}
			return nil
		},
	}
}

// predictNextFold predicts the validation cases of a fold once more, with all logits, and so for the next
// stage too. What an earlier fold or an interrupted execution has left is kept.
func (r *run) predictNextFold(ctx context.Context, t training, next *trainer.NextStage) error {
	folder, err := model.Open(r.path(modelDir(r.plan, t.configuration)), model.Final)
	if err != nil {
		return err
	}
	weights, err := folder.Weights(t.fold)
	if err != nil {
		return err
	}
	v, err := r.validation(t)
	if err != nil {
		return err
	}
	v.Next, v.Progress = next, r.Track(r.nextStage(next.Configuration)+" fold "+t.fold, "cases")
	_, err = v.Run(ctx, weights.Tensors)
	return err
}

// validation returns what predicts the validation cases of a training.
func (r *run) validation(t training) (*trainer.Validation, error) {
	fold, err := r.fold(t.fold)
	if err != nil {
		return nil, err
	}
	store, err := r.store(t.configuration)
	if err != nil {
		return nil, err
	}
	return &trainer.Validation{
		Plans: r.planOf[t.configuration], Configuration: t.configuration.Name, Dataset: r.data, Store: store, Cases: fold.Validation,
		Folder: r.path(foldDir(r.plan, t), "validation"), MirrorAxes: axes(t.configuration.Dimensions()),
		Workers: r.Threads, Executor: r.Executor, Previous: r.previousLabels(t.configuration),
	}, nil
}

// previousLabels reads the previous stage's segmentations of training cases; nil outside of a cascade.
func (r *run) previousLabels(c *plans.Configuration) func(id string) ([]int16, error) {
	if c.PreviousStage == "" {
		return nil
	}
	return trainer.PreviousStage(r.path(r.nextDir(c)))
}

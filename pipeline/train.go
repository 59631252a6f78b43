package pipeline

import (
	"context"
	"path"
	"slices"
	"time"

	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/trainer"
)

// training is one fold of one configuration.
type training struct {
	configuration *plans.Configuration
	fold          string
}

func trainStage(p *plans.Plans, t training) string {
	return trainStageOf(modelName(p, t.configuration), t.fold)
}

// trainStageOf is trainStage for a model by its folder.
func trainStageOf(model, fold string) string { return "train/" + model + "/fold_" + fold }

func foldDir(p *plans.Plans, t training) string {
	return path.Join(modelDir(p, t.configuration), "fold_"+t.fold)
}

// wanted returns the settings of a training before any budget shortens it.
func (r *run) wanted(configuration *plans.Configuration) trainer.Config {
	c := trainer.For(configuration)
	c.Seed, c.Workers = r.Seed, r.Threads
	if r.Epochs > 0 {
		c.Epochs = r.Epochs
	}
	return c
}

// train brings every fold of every configuration up to date. What is ahead is announced first.
func (r *run) train(ctx context.Context) error {
	var stages []stage
	var pending []training
	for _, c := range r.configurations {
		if c.PreviousStage != "" {
			stages = append(stages, r.predictNext(c))
		}
		for _, fold := range r.Folds {
			t := training{c, fold}
			s := r.trainingStage(t, len(pending))
			due, err := r.trainingDue(t, s, pending)
			if err != nil {
				return err
			}
			if due {
				pending = append(pending, t)
			}
			stages = append(stages, s)
		}
	}
	if err := r.schedule(ctx, pending); err != nil {
		return err
	}
	for _, s := range stages {
		if _, err := r.do(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// trainingDue reports whether a training is due behind others that are. A cascade's second stage is,
// whenever the first one is or has not predicted for it yet.
func (r *run) trainingDue(t training, s stage, pending []training) (bool, error) {
	if previous := r.previous(t.configuration); previous != nil {
		again := slices.ContainsFunc(pending, func(p training) bool { return p.configuration == previous })
		if again || r.manifest.record(r.nextStage(t.configuration)) == nil {
			return true, nil
		}
	}
	return r.isDue(s)
}

// trainingStage returns the stage of a training that before others that are due go ahead of.
func (r *run) trainingStage(t training, before int) stage {
	return stage{
		name:    trainStage(r.plan, t),
		results: []string{foldDir(r.plan, t)},
		inputs:  func(in inputs) error { return r.trainingInputs(in, t) },
		run: func(ctx context.Context) error {
			return r.fit(ctx, t, r.deadlines.deadline(r.Now(), r.pending-before))
		},
	}
}

// schedule announces what is ahead and divides the budget among the trainings that are due.
func (r *run) schedule(ctx context.Context, pending []training) error {
	r.pending = len(pending)
	if r.Replay != nil {
		return nil
	}
	ahead, err := r.estimates(ctx, pending)
	if err != nil {
		return err
	}
	if r.Budget > 0 {
		r.deadlines = budget{end: r.started.Add(r.Budget), after: reportTime}
		for _, e := range ahead {
			if e.behind {
				r.deadlines.after += e.time
			}
		}
	}
	return r.announce(ahead)
}

// reportTime is what the stages behind the predictions take.
const reportTime = 2 * time.Second

// trainingInputs collects what the weights of a training depend on.
func (r *run) trainingInputs(in inputs, t training) error {
	fold, err := r.fold(t.fold)
	if err != nil {
		return err
	}
	in["preprocessed cases"] = r.key(prepareStage(t.configuration))
	if t.configuration.PreviousStage != "" {
		in["previous stage"] = r.key(r.nextStage(t.configuration))
	}
	if err := in.values(trainingValues(t.configuration)); err != nil {
		return err
	}
	return in.values(map[string]any{
		"fold": fold, "seed": r.Seed, "epochs": r.wanted(t.configuration).Epochs, "budget": r.Budget,
	})
}

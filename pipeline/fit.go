package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/trainer"
	"github.com/autoseg/autoseg/weights"
)

// fitFold trains one fold, or goes on with it, and validates it.
func (r *run) fitFold(ctx context.Context, t training, deadline time.Time) error {
	fold, err := r.fold(t.fold)
	if err != nil {
		return err
	}
	store, err := r.store(t.configuration)
	if err != nil {
		return err
	}
	config := r.wanted(t.configuration)
	config.Fold, config.Deadline = t.fold, deadline
	if config.Replay, err = r.replayed(t); err != nil {
		return err
	}
	if config.Reserve, err = r.validationTime(ctx, t); err != nil {
		return err
	}
	validation, err := r.validation(t)
	if err != nil {
		return err
	}
	validation.Progress = r.Track("validate "+modelName(r.plan, t.configuration)+" fold "+t.fold, "cases")
	job := trainer.Job{
		Config: config, Configuration: t.configuration, Labelling: r.data.Labelling,
		Store: store, Split: fold, Folder: r.path(foldDir(r.plan, t)), Executor: r.Executor,
		Previous: r.previousLabels(t.configuration),
		Validate: func(ctx context.Context, parameters []weights.Tensor) error {
			_, err := validation.Run(ctx, parameters)
			return err
		},
		Observe:  r.observe(t),
		Progress: r.Track(trainStage(r.plan, t), "iterations"),
	}
	if err := trainer.Run(ctx, job); err != nil {
		return err
	}
	return r.noteSchedule(t)
}

// validationTime is what the final validation of a training will take; without a budget nobody asks.
func (r *run) validationTime(ctx context.Context, t training) (time.Duration, error) {
	if r.Budget == 0 {
		return 0, nil
	}
	s, err := r.speedOf(ctx, t.configuration)
	if err != nil {
		return 0, err
	}
	n, err := r.validationPasses(t)
	return s.prediction(n), err
}

// observe returns what tells people about the epochs that go by.
func (r *run) observe(t training) func(trainer.Event) {
	return func(e trainer.Event) {
		switch {
		case e.Segment != nil && e.Segment.From > 0: // the time left is not what it was at first
			r.log.Debug("the training was fitted again: "+lengthOf(*e.Segment), "training", trainStage(r.plan, t))
		case e.Segment != nil:
			r.log.Info("the length of the training: "+lengthOf(*e.Segment), "training", trainStage(r.plan, t))
		case e.Event == "resume":
			r.log.Info("the training goes on", "training", trainStage(r.plan, t), "epoch", e.Epoch, "iteration", e.Iteration)
		case e.Event == "warning" || e.Event == "rollback":
			r.log.Warn(e.Message, "training", trainStage(r.plan, t), "epoch", e.Epoch)
		case e.MeanDice != nil:
			r.log.Debug("epoch", "training", trainStage(r.plan, t), "epoch", e.Epoch,
				"pseudo Dice", fmt.Sprintf("%.3f", float64(*e.MeanDice)))
		}
	}
}

// lengthOf words the length of a training: the total is what the progress bar counts.
func lengthOf(s trainer.Segment) string {
	perEpoch := s.Iterations + s.ValidationIterations
	return fmt.Sprintf("%d epochs of %d training and %d validation iterations, %d in all",
		s.Epochs, s.Iterations, s.ValidationIterations, s.Epochs*perEpoch)
}

// noteSchedule records in the manifest how long a training came out, and what it did.
func (r *run) noteSchedule(t training) error {
	status, err := trainer.ReadStatus(r.path(foldDir(r.plan, t)))
	if err != nil {
		return err
	}
	if r.manifest.Schedule == nil {
		r.manifest.Schedule = map[string]trainer.Resolved{}
	}
	r.manifest.Schedule[trainStage(r.plan, t)] = status.Resolved
	if r.manifest.Recipes == nil {
		r.manifest.Recipes = map[string]plans.Recipe{}
	}
	r.manifest.Recipes[trainStage(r.plan, t)] = t.configuration.Recipe()
	return nil
}

// axes lists the axes of a network: all are mirrored.
func axes(dimensions int) []int { return []int{0, 1, 2}[:dimensions] }

package pipeline

import (
	"context"
	"time"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/trainer"
)

// rehearsal is a job with the network and the batches of a training, on few cases and without results.
func (r *run) rehearsal(t training, config trainer.Config) (trainer.Job, error) {
	fold, err := r.fold(t.fold)
	if err != nil {
		return trainer.Job{}, err
	}
	store, err := r.store(t.configuration)
	if err != nil {
		return trainer.Job{}, err
	}
	config.Fold = t.fold
	few := dataset.Fold{Train: first(fold.Train), Validation: first(fold.Validation)}
	job := trainer.Job{
		Config: config, Configuration: t.configuration, Labelling: r.data.Labelling,
		Store: store, Split: few, Executor: r.Executor,
	}
	if t.configuration.PreviousStage != "" {
		job.Previous = func(id string) ([]int16, error) { // what it says does not change what the network takes
			shape, err := r.preprocessedShape(t.configuration, id)
			return make([]int16, shape[0]*shape[1]*shape[2]), err
		}
	}
	return job, nil
}

func first(ids []string) []string { return ids[:min(1, len(ids))] }

// wholeBatch is how long an iteration may take to be measured with the whole batch: longer ones are measured
// with a single sample, since three of them already keep people waiting.
const wholeBatch = 2 * time.Second

// rehearse adds to a speed what iterations take: once per model, and measured unless it takes more memory
// than there is.
func (r *run) rehearse(ctx context.Context, job trainer.Job, s speed, memory int64) (speed, error) {
	name := modelName(r.plan, job.Configuration)
	if s.Train > 0 {
		return s, nil
	}
	batch := job.Configuration.BatchSize
	if r.tooLarge(memory) {
		s.Train, s.Validation = s.step(batch), time.Duration(batch)*s.forward
		return s, nil
	}
	one, err := trainer.Rehearse(ctx, withBatch(job, 1))
	if err != nil {
		return s, err
	}
	s.Train, s.Validation = one.Train*time.Duration(batch), one.Validation*time.Duration(batch)
	if batch > 1 && s.Train < wholeBatch {
		if s.Speed, err = trainer.Rehearse(ctx, job); err != nil {
			return s, err
		}
	}
	r.speeds[name] = s
	return s, nil
}

// tooLarge reports whether a stage will be refused or asked about.
func (r *run) tooLarge(memory int64) bool {
	return r.MaxMemory > 0 && memory > r.MaxMemory || r.MachineMemory > 0 && memory > r.MachineMemory
}

// withBatch returns a job with batches of another size.
func withBatch(job trainer.Job, size int) trainer.Job {
	c := *job.Configuration
	c.BatchSize = size
	job.Configuration = &c
	return job
}

package trainer

import (
	"context"
	"fmt"
	"time"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/fault"
)

// Rehearse measures what the iterations of a job take. Nothing is written.
func Rehearse(ctx context.Context, job Job) (Speed, error) {
	t, err := New(job)
	if err != nil {
		return Speed{}, err
	}
	defer t.Close()
	t.state = newState("", t.whole(), t.scoring.scores(), len(t.job.classes()))
	if _, err := t.initialise(); err != nil {
		return Speed{}, err
	}
	return t.speed(ctx)
}

// speed times a few iterations on the first batch. The first one touches the memory; the last one counts.
// Batches are prepared while the network computes, on the same cores: what a batch takes there is what
// one goroutine takes, divided by the number of them.
func (t *Trainer) speed(ctx context.Context) (Speed, error) {
	var speed Speed
	b, patch := t.data.training.NewBatch(), t.data.training.Pipeline.NewPatch()
	start := time.Now()
	t.data.training.Fill(b, patch, 0, 0)
	prepare := time.Since(start) / time.Duration(t.config.Workers)
	for range 3 {
		if ctx.Err() != nil {
			return speed, ctx.Err()
		}
		start = time.Now()
		if _, err := t.step.Step(ctx, t.moment(), b); err != nil {
			return speed, err
		}
		speed.Train = time.Since(start) + prepare
	}
	if t.config.ValidationIterations == 0 {
		return speed, nil
	}
	b, patch = t.data.validation.NewBatch(), t.data.validation.Pipeline.NewPatch()
	t.data.validation.Fill(b, patch, 0, 0)
	for range 2 {
		start = time.Now()
		if _, err := t.step.Evaluate(ctx, b, t.logits); err != nil {
			return speed, err
		}
		speed.Validation = time.Since(start)
	}
	return speed, nil
}

// Memory predicts what training a job holds in bytes, beside the program itself: both of the network's
// programs, as the engine lays them out, the host's copies of what they keep, and the batches that wait.
func Memory(job Job) (int64, error) {
	if err := job.check(); err != nil {
		return 0, err
	}
	d, err := job.openData()
	if err != nil {
		return 0, err
	}
	defer d.Close()
	target := d.training.Pipeline.Target()
	p, err := job.problem(target)
	if err != nil {
		return 0, fault.Input(err)
	}
	training, err := p.memory(true)
	if err != nil {
		return 0, fault.Input(fmt.Errorf("configuration %s: %w", job.Configuration.Name, err))
	}
	validation, err := p.memory(false)
	if err != nil {
		return 0, fault.Input(fmt.Errorf("configuration %s: %w", job.Configuration.Name, err))
	}
	size := target.Shapes[0]
	logits := 4 * p.batch * p.classes * size[0] * size[1] * size[2]
	batches := waiting(job.Config.Workers) * (d.training.batchBytes() + d.validation.batchBytes())
	programs := training.Resident + training.Arena + validation.Resident + validation.Arena
	host := training.Resident + validation.Resident
	return int64(programs + host + logits + batches), nil
}

// memory measures one of the programs.
func (p problem) memory(training bool) (engine.Report, error) {
	model, target, err := p.graph(&networkStep{}, training)
	if err != nil {
		return engine.Report{}, err
	}
	return engine.Measure(model.Input.Graph(), target, p.executor)
}

// batchBytes is the memory of a batch.
func (s *Source) batchBytes() int {
	size, target := s.Pipeline.Size(), s.Pipeline.Target()
	n := s.Pipeline.Channels() * size[0] * size[1] * size[2]
	for _, shape := range target.Shapes {
		n += target.Channels() * shape[0] * shape[1] * shape[2]
	}
	return 4 * s.Size * n
}

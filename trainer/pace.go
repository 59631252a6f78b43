package trainer

import (
	"context"
	"time"

	"github.com/autoseg/autoseg/predict"
)

// measure times a few iterations and shortens the training so that it ends in time.
func (t *Trainer) measure(ctx context.Context) error {
	speed, err := t.speed(ctx)
	if err != nil {
		return err
	}
	t.state.Resolved = Resolved{t.config.fit(0, t.left(speed), speed)}
	return nil
}

// left returns the time that there is for iterations.
func (t *Trainer) left(speed Speed) time.Duration {
	return max(0, time.Until(t.config.Deadline)-t.reserve(speed))
}

// reserve returns how much time is kept for the final validation: what the caller says, or what the network needs
// for the patches of the validation cases, and a quarter of that for everything else.
func (t *Trainer) reserve(speed Speed) time.Duration {
	if t.config.Reserve > 0 || t.job.Validate == nil {
		return t.config.Reserve
	}
	batch := speed.Validation
	if batch == 0 {
		batch = speed.Train / forwardShare
	}
	passes := 0
	for _, c := range t.data.validation.Cases {
		passes += predict.Passes(t.job.Configuration, c.Shape())
	}
	return batch * time.Duration(passes) / time.Duration(t.job.Configuration.BatchSize) * 5 / 4
}

// forwardShare is how many times longer an update takes than a look at as many patches.
const forwardShare = 3

// adapt changes the length of the rest of the training when the epochs so far say that it would end
// too late, or much too early.
func (t *Trainer) adapt(segment Segment, e Epoch) error {
	s := t.state
	broken := t.broken
	t.broken = false
	if t.config.Deadline.IsZero() || t.config.Replay != nil || broken {
		return nil
	}
	// One speed for both kinds of iterations, so that an epoch takes what it took.
	weight := float64(segment.Iterations) + float64(segment.ValidationIterations)/forwardShare
	speed := Speed{Train: time.Duration(float64(e.Time) / weight), Validation: time.Duration(float64(e.Time) / weight / forwardShare)}
	left, ahead := t.left(speed), time.Duration(segment.Epochs-s.Epoch)*e.Time
	if ahead < left*102/100 && ahead > left*90/100 {
		return nil
	}
	next := t.config.fit(s.Epoch, left, speed)
	if next.Epochs == segment.Epochs && next.Iterations == segment.Iterations && next.ValidationIterations == segment.ValidationIterations {
		return nil
	}
	if last := len(s.Resolved) - 1; s.Resolved[last].From == s.Epoch {
		s.Resolved = s.Resolved[:last]
	}
	s.Resolved = append(s.Resolved, next)
	t.good = s.clone()
	if err := t.log(Event{Event: "schedule", Epoch: s.Epoch, Segment: &next}); err != nil {
		return err
	}
	return nil
}

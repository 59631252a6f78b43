package trainer

import (
	"context"
	"time"
)

// reserve is the share of the time that is kept for the final validation where the caller says nothing.
const reserve = 0.08

// measure times a few iterations and shortens the training so that it ends in time.
func (t *Trainer) measure(ctx context.Context) error {
	t.keepReserve()
	speed, err := t.speed(ctx)
	if err != nil {
		return err
	}
	t.state.Resolved = Resolved{t.config.fit(0, t.left(), speed)}
	return nil
}

// keepReserve decides how much time is kept for the final validation.
func (t *Trainer) keepReserve() {
	if t.config.Reserve == 0 {
		t.config.Reserve = time.Duration(reserve * float64(time.Until(t.config.Deadline)))
	}
}

// left returns the time that there is for iterations.
func (t *Trainer) left() time.Duration {
	return max(0, time.Until(t.config.Deadline)-t.config.Reserve)
}

// adapt changes the length of the rest of the training when the epochs so far say that it would end
// too late, or much too early.
func (t *Trainer) adapt(segment Segment, e Epoch) error {
	s := t.state
	broken := t.broken
	t.broken = false
	if t.config.Deadline.IsZero() || t.config.Replay != nil || broken {
		return nil
	}
	t.keepReserve()
	left, ahead := t.left(), time.Duration(segment.Epochs-s.Epoch)*e.Time
	if ahead < left*102/100 && ahead > left*90/100 {
		return nil
	}
	// One speed for both kinds of iterations, so that an epoch takes what it took.
	weight := float64(segment.Iterations) + float64(segment.ValidationIterations)/3
	speed := Speed{Train: time.Duration(float64(e.Time) / weight), Validation: time.Duration(float64(e.Time) / weight / 3)}
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

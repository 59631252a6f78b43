package pipeline

import (
	"time"

	"github.com/autoseg/autoseg/trainer"
)

// budget divides the wall-clock time of a run among its trainings. What is not training (the final
// predictions, the report) is set aside first; every training gets an equal share of what is left when it
// starts, so that one that ends early leaves its time to the others.
type budget struct {
	// end is when everything should be over; the zero time means that there is no budget.
	end time.Time
	// after is how long the stages behind the trainings take.
	after time.Duration
}

// deadline returns when the next of n trainings should be over, or the zero time without a budget. It
// never lies in the past: a budget that is used up still gives each training its least epochs.
func (b budget) deadline(now time.Time, n int) time.Time {
	if b.end.IsZero() {
		return time.Time{}
	}
	share := max(b.end.Sub(now)-b.after, 0) / time.Duration(max(n, 1))
	return now.Add(share)
}

// speed is what one pass of one patch through a network takes, forward only, and what an iteration of its
// training takes, where that was measured.
type speed struct {
	forward time.Duration
	trainer.Speed
}

// backwardCost is how much longer a training step takes than the forward pass of its batch: the gradient
// with respect to the data and that with respect to the weights are a convolution each, of the same size
// as the forward one.
const backwardCost = 3

// step guesses the time of one training step with a batch of patches, where it is not measured.
func (s speed) step(batch int) time.Duration { return time.Duration(backwardCost*batch) * s.forward }

// training returns the time of a whole training without its final validation.
func (s speed) training(length trainer.Config) time.Duration {
	epoch := time.Duration(length.Iterations)*s.Train + time.Duration(length.ValidationIterations)*s.Validation
	return time.Duration(length.Epochs) * epoch
}

// prediction returns the time that windows take. A window counts once for each of its mirrored passes. A
// tenth is added for reading, preprocessing and writing.
func (s speed) prediction(windows int) time.Duration {
	return time.Duration(windows) * s.forward * 11 / 10
}

package trainer

import (
	"fmt"
	"math"
	"time"
)

// Resolved is a schedule as it came out: segments, each valid from an epoch on. A training that
// follows it makes the same weights on a machine of any speed.
type Resolved []Segment

// Segment is a length of the training that was decided at the start of an epoch.
type Segment struct {
	// From is the first epoch that it holds for.
	From int `json:"from" yaml:"from"`
	// Epochs is the total number of epochs, those before From included.
	Epochs int `json:"epochs" yaml:"epochs"`
	// Iterations and ValidationIterations are those of one epoch.
	Iterations           int `json:"iterations" yaml:"iterations"`
	ValidationIterations int `json:"validation_iterations" yaml:"validation_iterations"`
}

// Validate reports a schedule that cannot be followed.
func (r Resolved) Validate() error {
	for i, s := range r {
		if s.Epochs < 1 || s.Iterations < 1 || s.ValidationIterations < 0 || s.Epochs <= s.From {
			return fmt.Errorf("resolved schedule: segment %d (%+v) has nothing to do", i, s)
		}
		if i == 0 && s.From != 0 || i > 0 && s.From <= r[i-1].From {
			return fmt.Errorf("resolved schedule: segment %d begins at epoch %d, out of order", i, s.From)
		}
	}
	return nil
}

// at returns the segment that holds for an epoch.
func (r Resolved) at(epoch int) Segment {
	s := r[0]
	for _, next := range r[1:] {
		if next.From <= epoch {
			s = next
		}
	}
	return s
}

// progress returns which share of the training behind the first skip epochs is done before an epoch.
// Within a segment it grows by equal steps from where the segment before had come to, and would reach
// 1 after the segment's last epoch.
func (r Resolved) progress(epoch, skip int) float64 {
	done := 0.0
	for i, s := range r {
		from := max(s.From, skip)
		to := epoch
		if i+1 < len(r) {
			to = min(to, r[i+1].From)
		}
		if to > from {
			done += (1 - done) * float64(to-from) / float64(s.Epochs-from)
		}
	}
	return min(done, 1)
}

// Speed is what one iteration takes.
type Speed struct{ Train, Validation time.Duration }

// leastEpochs is the number of epochs that a shortened training has at least: with fewer, rate and
// average change too abruptly from one to the next.
const leastEpochs = 20

// fit returns the longest segment from an epoch on that takes at most the time left: fewer epochs than
// wanted first, then shorter ones, so that there are at least leastEpochs in total, unless there is not even
// time for one iteration in each. Validation iterations keep their share.
func (c *Config) fit(from int, left time.Duration, speed Speed) Segment {
	whole := Segment{From: from, Epochs: c.Epochs, Iterations: c.Iterations, ValidationIterations: c.ValidationIterations}
	perEpoch := speed.epoch(whole)
	least := min(leastEpochs, c.Epochs)
	epochs := int(float64(left) / float64(perEpoch))
	switch {
	case epochs >= c.Epochs-from:
		return whole
	case epochs >= max(1, least-from):
		whole.Epochs = from + epochs
		return whole
	}
	whole.Epochs = max(least, from+1)
	share := float64(left) / (float64(perEpoch) * float64(whole.Epochs-from))
	whole.Iterations = max(1, int(share*float64(c.Iterations)))
	if c.ValidationIterations > 0 {
		whole.ValidationIterations = max(1, int(math.Round(share*float64(c.ValidationIterations))))
	}
	if shortest := speed.epoch(whole); whole.Iterations == 1 && left < shortest*time.Duration(whole.Epochs-from) {
		whole.Epochs = from + max(1, int(left/shortest)) // the time is worth more than the number of epochs
	}
	return whole
}

func (s Speed) epoch(segment Segment) time.Duration {
	return max(1, time.Duration(segment.Iterations)*s.Train+time.Duration(segment.ValidationIterations)*s.Validation)
}

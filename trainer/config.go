package trainer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/plans"
)

// Config says how one fold is trained. Everything in it but Workers, CheckpointEvery, Deadline and
// Reserve decides the resulting weights; these four do not, except that a deadline decides how long
// the schedule is.
type Config struct {
	// Fold is the fold's name: 0, 1, ... or all.
	Fold string
	// Seed is what every random number derives from.
	Seed uint64
	// Epochs is the number of epochs; Iterations and ValidationIterations are those of one epoch.
	Epochs, Iterations, ValidationIterations int
	// Rate is the learning rate at the start, Schedule how it falls: poly, cosine, constant or plateau.
	Rate     float64
	Schedule string
	// Warmup is the number of epochs over which the rate first rises linearly. Where a deadline shortens the
	// training, it is shortened with it.
	Warmup int
	// Rule is the optimiser.
	Rule engine.Rule
	// Oversample is the share of a batch whose patches must contain foreground.
	Oversample float64
	// Mirror lists the axes that patches are mirrored along; nil means all.
	Mirror []int
	// Patience ends the training after so many epochs without a better pseudo Dice; 0 never does.
	Patience int
	// Workers is the number of goroutines that prepare batches.
	Workers int
	// CheckpointEvery is the longest time between two checkpoints at the end of epochs; one is also
	// written every 50 epochs and when the training is interrupted.
	CheckpointEvery time.Duration
	// Deadline is when everything should be over, the final validation included, for which Reserve is
	// kept; 0 has that estimated. The zero time means none. With a deadline, Epochs and Iterations are
	// upper bounds.
	Deadline time.Time
	Reserve  time.Duration
	// Replay is a resolved schedule to follow instead of measuring the speed.
	Replay Resolved
	// ResumeOnly refuses to begin anew: there must be a checkpoint of these settings.
	ResumeOnly bool
}

// Default returns nnU-Net's settings: 1000 epochs of 250 and 50 iterations, SGD with Nesterov
// momentum, poly decay, clipping at norm 12 (nnUNetTrainer.__init__, configure_optimizers).
func Default() Config {
	return Config{
		Fold: "0", Seed: 1234, Epochs: 1000, Iterations: 250, ValidationIterations: 50,
		Rate: 1e-2, Schedule: plans.Poly,
		Rule:       engine.Rule{Method: plans.SGD, Momentum: 0.99, Nesterov: true, WeightDecay: 3e-5, ClipNorm: 12},
		Oversample: 0.33, Workers: 1, CheckpointEvery: 5 * time.Minute,
	}
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	switch {
	case c.Fold == "" || strings.ContainsAny(c.Fold, `/\`):
		return fmt.Errorf("training: fold %q, want a number or all", c.Fold)
	case c.Epochs < 1 || c.Iterations < 1:
		return fmt.Errorf("training: %d epochs of %d iterations, want at least one of both", c.Epochs, c.Iterations)
	case c.ValidationIterations < 0:
		return fmt.Errorf("training: %d validation iterations, want none or more", c.ValidationIterations)
	case !(c.Rate > 0):
		return fmt.Errorf("training: learning rate %g, want a positive number", c.Rate)
	case c.Warmup < 0 || c.Warmup >= c.Epochs && c.Warmup > 0:
		return fmt.Errorf("training: a warm-up of %d epochs in a training of %d; warm up over fewer", c.Warmup, c.Epochs)
	case !(c.Oversample >= 0 && c.Oversample <= 1):
		return fmt.Errorf("training: a share of %g forced patches, want 0 to 1", c.Oversample)
	case c.Workers < 1:
		return fmt.Errorf("training: %d workers, want at least one", c.Workers)
	case c.Patience < 0:
		return fmt.Errorf("training: patience of %d epochs, want none or more", c.Patience)
	}
	if !slices.Contains(plans.Schedules(), c.Schedule) {
		return fmt.Errorf("training: schedule %q, want one of %s", c.Schedule, strings.Join(plans.Schedules(), ", "))
	}
	return c.Replay.Validate()
}

package reproduce

import (
	"errors"
	"log/slog"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/fault"
)

// DefaultLeastDice is the mean Dice from which segmentations of another SIMD level count as alike. The
// trainings differ by rounding that grows over thousands of steps, as with another seed: folds of one
// dataset agree with each other about as well.
const DefaultLeastDice = 0.9

// Config says what to reproduce, where, and on what.
type Config struct {
	// Manifest is a manifest.yaml or a run folder.
	Manifest string
	// Dataset is the dataset folder.
	Dataset string
	// Work is the folder that the run is replayed in: empty, or what an interrupted replay left.
	Work string
	// LeastDice is what counts as alike on another SIMD level; 0 means DefaultLeastDice.
	LeastDice float64

	// Threads, Executor, SIMD, Program, Log and Track are those of pipeline.Config.
	Threads  int
	Executor engine.Executor
	SIMD     string
	Program  string
	Log      *slog.Logger
	Track    func(title, unit string) func(done, total int)
}

// Validate reports what is missing.
func (c *Config) Validate() error {
	var findings []error
	for what, value := range map[string]string{"manifest": c.Manifest, "dataset": c.Dataset, "work folder": c.Work} {
		if value == "" {
			findings = append(findings, errors.New("reproduce: no "+what+" given"))
		}
	}
	if c.Executor == nil {
		findings = append(findings, errors.New("reproduce: no executor given"))
	}
	if c.LeastDice < 0 || c.LeastDice > 1 {
		findings = append(findings, errors.New("reproduce: the least Dice must lie between 0 and 1"))
	}
	return fault.Input(errors.Join(findings...))
}

func (c *Config) leastDice() float64 {
	if c.LeastDice == 0 {
		return DefaultLeastDice
	}
	return c.LeastDice
}

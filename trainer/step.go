package trainer

import (
	"context"

	"github.com/autoseg/autoseg/engine"
)

// Stepper computes iterations. The one in use is made by newNetworkStep; tests have a small one.
type Stepper interface {
	// Step makes one update with a batch and returns the loss before it.
	Step(ctx context.Context, moment engine.Moment, b *Batch) (float64, error)
	// Evaluate returns the loss of a batch and writes the finest logits, (sample, class, z, y, x), to
	// logits, which has their length.
	Evaluate(ctx context.Context, b *Batch, logits []float32) (float64, error)
	// Residents lists the parameters, in the network's order, and behind them the optimiser's states.
	Residents() []engine.Resident
	// Get and Set read and write one resident.
	Get(name string, into []float32) error
	Set(name string, value []float32) error
	Close() error
}

package phantom

import "fmt"

// Options says how much to write.
type Options struct {
	// Seed changes every case.
	Seed uint64
	// Cases is the number of training cases.
	Cases int
	// TestCases is the number of test cases; their labels are written too, into labelsTs.
	TestCases int
}

// DefaultOptions returns the demo's dataset.
func DefaultOptions() Options { return Options{Seed: 1234, Cases: 25, TestCases: 6} }

// Validate reports the first field that makes no sense.
func (o Options) Validate() error {
	if o.Cases < 5 {
		return fmt.Errorf("cases %d: want at least 5, one for each fold", o.Cases)
	}
	if o.TestCases < 0 {
		return fmt.Errorf("test cases %d: want 0 or more", o.TestCases)
	}
	return nil
}

// The label values.
const (
	Background = 0
	Solid      = 1
	Hollow     = 2
)

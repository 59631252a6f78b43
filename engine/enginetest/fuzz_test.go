package enginetest_test

import (
	"testing"

	"github.com/autoseg/autoseg/engine/enginetest"
	"github.com/autoseg/autoseg/engine/ref"
)

// FuzzRef holds ref in float32 against ref in float64: what it finds are faults of the random cases or
// of their tolerances, before an executor is blamed.
func FuzzRef(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed)
	}
	for _, seed := range []uint64{209, 253, 1133} { // kernel columns that meet no input at all
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { enginetest.Fuzz(t, ref.New(2), seed) })
}

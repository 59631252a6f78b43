package cpu

import (
	"testing"

	"github.com/autoseg/autoseg/engine/enginetest"
)

// FuzzExecutor compares random small graphs with the plain executor at every SIMD level.
func FuzzExecutor(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		for _, level := range levels() {
			enginetest.Fuzz(t, open(t, Options{Workers: 2, Level: level}), seed)
		}
	})
}

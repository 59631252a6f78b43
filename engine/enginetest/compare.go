package enginetest

import (
	"math"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/ref"
)

// againstRef compares a case in float32 on an executor with ref in float64.
func againstRef(t testing.TB, c Case, executor engine.Executor) {
	t.Helper()
	names, want := once(t, c, ref.New(1), engine.Float64)
	_, got := once(t, c, executor, engine.Float32)
	floor := largest(want[2:]...) / 100
	for i, name := range names {
		size := largest(want[i])
		if i >= 2 {
			size = max(size, floor)
		}
		if name == "scalar" {
			// The inner product with random numbers may cancel; its terms do not.
			size = max(size, largest(want[0])*math.Sqrt(float64(len(want[0]))))
		}
		near(t, c.Name+": "+name, got[i], want[i], c.tolerance()*size)
	}
}

// largest returns the largest absolute value of some arrays.
func largest(arrays ...[]float64) float64 {
	r := 0.0
	for _, a := range arrays {
		for _, v := range a {
			r = max(r, math.Abs(v))
		}
	}
	return r
}

// near fails the test when two arrays differ by more than tolerance, naming the worst place.
func near(t testing.TB, name string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", name, len(got), len(want))
		return
	}
	worst, wrong := 0, 0
	for i := range want {
		if math.Abs(got[i]-want[i]) <= tolerance {
			continue
		}
		if wrong++; wrong == 1 || math.Abs(got[i]-want[i]) > math.Abs(got[worst]-want[worst]) {
			worst = i
		}
	}
	if wrong > 0 {
		t.Errorf("%s: %d of %d values differ by more than %.3g, most at %d: got %v, want %v",
			name, wrong, len(want), tolerance, worst, got[worst], want[worst])
	}
}

// equal fails the test when two arrays differ in any bit.
func equal(t testing.TB, name string, got, want []float64) {
	t.Helper()
	for i := range want {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			t.Errorf("%s: differs from value %d of %d on: got %v, want %v", name, i, len(want), got[i], want[i])
			return
		}
	}
}

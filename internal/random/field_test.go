package random

import (
	"math"
	"testing"
)

// TestFieldIsSplitmix64 holds the first outputs of the reference implementation from seed 1234567
// (prng.di.unimi.it/splitmix64.c).
func TestFieldIsSplitmix64(t *testing.T) {
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := Field(1234567).At(i); got != want {
			t.Errorf("entry %d is %d, want %d", i, got, want)
		}
	}
}

func TestFieldsAreUniformAndIndependent(t *testing.T) {
	const n = 100000
	a, b := NewField(1, "test", 3), NewField(1, "test", 4)
	mean, product := 0.0, 0.0
	for i := range n {
		mean += a.Chance(i) / n
		product += (a.Chance(i) - 0.5) * (b.Chance(i) - 0.5) / n
	}
	// The deviation of the mean is 1/sqrt(12 n) = 0.0009, that of the product 1/(12 sqrt(n)) = 0.0003.
	if math.Abs(mean-0.5) > 0.005 || math.Abs(product) > 0.0015 {
		t.Errorf("mean %v, covariance of neighbouring fields %v", mean, product)
	}
}

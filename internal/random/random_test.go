package random

import (
	"slices"
	"testing"
)

// The vectors come from numpy 1.24's RandomState.
func TestLegacyEqualsNumpy(t *testing.T) {
	for seed, want := range map[uint32][]uint32{
		12345: {3992670690, 3823185381, 1358822685, 561383553, 789925284},
		1234:  {822569775, 2137449171, 2671936806, 3512589365, 1880026316},
	} {
		l := NewLegacy(seed)
		for i, w := range want {
			if got := l.Uint32(); got != w {
				t.Errorf("seed %d, draw %d: got %d, want %d", seed, i, got, w)
			}
		}
	}
}

func TestLegacyPermutation(t *testing.T) {
	if got, want := NewLegacy(12345).Permutation(10), []int{0, 7, 3, 9, 6, 4, 1, 8, 5, 2}; !slices.Equal(got, want) {
		t.Errorf("permutation(10): got %v, want %v", got, want)
	}
	l := NewLegacy(1234)
	for i, want := range []int{815, 723, 294, 53, 204, 372, 664, 655} {
		if got := l.Interval(999); got != want {
			t.Errorf("choice %d: got %d, want %d", i, got, want)
		}
	}
}

func TestDeriveSeparatesStreams(t *testing.T) {
	a, b := Derive(1, "x", 1, 2), Derive(1, "x", 1, 2)
	if a.Uint64() != b.Uint64() {
		t.Error("equal arguments gave different streams")
	}
	seen := map[uint64]bool{}
	for seed := range uint64(4) {
		for _, purpose := range []string{"x", "y"} {
			for i := range 4 {
				for j := range 4 {
					v := Derive(seed, purpose, i, j).Uint64()
					if seen[v] {
						t.Fatalf("stream of (%d, %s, %d, %d) repeats another", seed, purpose, i, j)
					}
					seen[v] = true
				}
			}
		}
	}
}

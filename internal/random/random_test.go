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

func TestCountEqualsIntervals(t *testing.T) {
	for _, size := range []int{1, 2, 3, 4, 5, 1000, 4096, 4097} {
		want, got := make([]uint32, size), make([]uint32, size)
		a, b := NewLegacy(1234), NewLegacy(1234)
		for range 5000 {
			want[a.Interval(size-1)]++
		}
		b.Count(got, 3000)
		b.Count(got, 2000)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("size %d: index %d was drawn %d times, want %d", size, i, got[i], want[i])
			}
		}
		if a.Uint32() != b.Uint32() {
			t.Errorf("size %d: the generators stand at different places", size)
		}
	}
}

func BenchmarkCount(b *testing.B) {
	counts := make([]uint32, 3000)
	l := NewLegacy(1234)
	for b.Loop() {
		l.Count(counts, 1_000_000)
	}
}

package volume

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestNonZero(t *testing.T) {
	shape := [3]int{5, 5, 5}
	shell := func(g Grid[float32], open bool) {
		for i := range g.Data {
			z, y, x := i/25, i/5%5, i%5
			if z >= 1 && z <= 3 && y >= 1 && y <= 3 && x >= 1 && x <= 3 && !(z == 2 && y == 2 && x == 2) {
				g.Data[i] = 7
			}
		}
		if open {
			g.Data[1*25+2*5+2] = 0
		}
	}
	inner := Box{Start: [3]int{1, 1, 1}, End: [3]int{4, 4, 4}}
	cases := map[string]struct {
		fill  func(a, b Grid[float32])
		count int
		box   Box
	}{
		"all zero":          {func(a, b Grid[float32]) {}, 0, WholeBox(shape)},
		"closed hole":       {func(a, b Grid[float32]) { shell(a, false) }, 27, inner},
		"open hole":         {func(a, b Grid[float32]) { shell(a, true) }, 25, inner},
		"closed by channel": {func(a, b Grid[float32]) { shell(a, true); b.Data[1*25+2*5+2] = -1 }, 27, inner},
		"NaN counts":        {func(a, b Grid[float32]) { a.Data[124] = float32(math.NaN()) }, 1, Box{[3]int{4, 4, 4}, [3]int{5, 5, 5}}},
	}
	for name, c := range cases {
		a, b := NewGrid(shape, make([]float32, 125)), NewGrid(shape, make([]float32, 125))
		c.fill(a, b)
		mask, box := NonZero([]Grid[float32]{a, b})
		if got := count(mask); got != c.count || box != c.box {
			t.Errorf("%s: %d voxels in %v, want %d in %v", name, got, box, c.count, c.box)
		}
	}
}

func TestHoleOpenToTheFirstSliceStays(t *testing.T) {
	shape := [3]int{3, 5, 5}
	mask := make([]bool, 75)
	for i := range mask {
		mask[i] = true
	}
	mask[12], mask[25+12] = false, false // a pit from slice 0 down to slice 1
	FillHoles(shape, mask)
	if got := count(mask); got != 73 {
		t.Errorf("%d voxels, want 73: the pit is open", got)
	}
	single := make([]bool, 25)
	for i := range single {
		single[i] = i != 12
	}
	FillHoles([3]int{1, 5, 5}, single)
	if single[12] {
		t.Error("a hole of a single slice was filled")
	}
}

// TestFillHolesAgreesWithPlainFlood compares with the definition: repeated dilation of the outside.
func TestFillHolesAgreesWithPlainFlood(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		shape := [3]int{1 + rng.IntN(7), 1 + rng.IntN(7), 1 + rng.IntN(7)}
		mask := make([]bool, shape[0]*shape[1]*shape[2])
		for i := range mask {
			mask[i] = rng.Float64() < 0.65
		}
		want := plainFill(shape, mask)
		FillHoles(shape, mask)
		for i := range mask {
			if mask[i] != want[i] {
				t.Fatalf("shape %v: voxel %d is %v, want %v", shape, i, mask[i], want[i])
			}
		}
	}
}

func plainFill(shape [3]int, mask []bool) []bool {
	outside := map[[3]int]bool{}
	inside := func(p [3]int) bool {
		for i := range 3 {
			if p[i] < 0 || p[i] >= shape[i] {
				return false
			}
		}
		return true
	}
	index := func(p [3]int) int { return (p[0]*shape[1]+p[1])*shape[2] + p[2] }
	for changed := true; changed; {
		changed = false
		for i := range mask {
			p := [3]int{i / shape[2] / shape[1], i / shape[2] % shape[1], i % shape[2]}
			if mask[i] || outside[p] {
				continue
			}
			for axis := range 3 {
				for _, d := range []int{-1, 1} {
					q := p
					q[axis] += d
					if !inside(q) || outside[q] {
						outside[p], changed = true, true
					}
				}
			}
		}
	}
	r := make([]bool, len(mask))
	for i := range r {
		r[i] = true
	}
	for p := range outside {
		r[index(p)] = false
	}
	return r
}

func TestMarkOutside(t *testing.T) {
	shape := [3]int{1, 2, 2}
	labels := NewGrid(shape, []uint16{0, 0, 3, 3})
	mask := NewGrid(shape, []bool{true, false, true, false})
	dst := make([]int16, 4)
	MarkOutside(dst, labels, mask)
	if want := [4]int16{0, -1, 3, 3}; [4]int16(dst) != want {
		t.Errorf("got %v, want %v", dst, want)
	}
}

func BenchmarkNonZero(b *testing.B) {
	shape := [3]int{64, 128, 128}
	g := NewGrid(shape, make([]float32, 64*128*128))
	for i := range g.Data {
		z, y, x := i/128/128-32, i/128%128-64, i%128-64
		if r := 4*z*z + y*y + x*x; r < 3600 && r > 400 {
			g.Data[i] = 1
		}
	}
	b.SetBytes(int64(4 * len(g.Data)))
	for b.Loop() {
		NonZero([]Grid[float32]{g})
	}
}

func count(mask []bool) int {
	n := 0
	for _, m := range mask {
		if m {
			n++
		}
	}
	return n
}

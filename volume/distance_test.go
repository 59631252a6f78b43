package volume

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestDistanceTransform(t *testing.T) {
	inf := math.Inf(1)
	for name, test := range map[string]struct {
		shape   [3]int
		spacing [3]float64
		mask    []int // indices of set voxels
		want    []float64
	}{
		"empty mask":          {[3]int{1, 1, 3}, [3]float64{1, 1, 1}, nil, []float64{inf, inf, inf}},
		"one voxel, set":      {[3]int{1, 1, 1}, [3]float64{1, 1, 1}, []int{0}, []float64{0}},
		"a row":               {[3]int{1, 1, 5}, [3]float64{1, 1, 0.5}, []int{1}, []float64{0.5, 0, 0.5, 1, 1.5}},
		"a column of slices":  {[3]int{4, 1, 1}, [3]float64{3, 1, 1}, []int{0}, []float64{0, 3, 6, 9}},
		"Pythagoras 3, 4, 5":  {[3]int{1, 2, 2}, [3]float64{1, 3, 4}, []int{0}, []float64{0, 4, 3, 5}},
		"thick slices":        {[3]int{2, 1, 3}, [3]float64{10, 1, 1}, []int{0, 5}, []float64{0, 1, 2, 2, 1, 0}},
		"no voxel at all":     {[3]int{0, 2, 2}, [3]float64{1, 1, 1}, nil, nil},
		"slice without voxel": {[3]int{2, 1, 2}, [3]float64{2, 1, 1}, []int{2}, []float64{2, math.Sqrt(5), 0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			mask := make([]bool, len(test.want))
			for _, i := range test.mask {
				mask[i] = true
			}
			got := make([]float64, len(mask))
			DistanceTransform(got, Distances{Mask: MarksOf(test.shape, mask), Bits: 1, Spacing: test.spacing})
			for i := range got {
				if got[i] != test.want[i] {
					t.Errorf("voxel %d: got %v, want %v", i, got[i], test.want[i])
				}
			}
		})
	}
}

// TestDistanceAgainstAllPairs compares with the definition: the smallest of the distances to all voxels.
func TestDistanceAgainstAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var shape [3]int
		var spacing [3]float64
		for i := range shape {
			shape[i] = rapid.IntRange(1, 9).Draw(t, "size")
			spacing[i] = rapid.Float64Range(0.05, 8).Draw(t, "spacing")
		}
		n := shape[0] * shape[1] * shape[2]
		density := rapid.IntRange(0, 9).Draw(t, "density")
		mask := make([]bool, n)
		for i := range mask {
			mask[i] = rapid.IntRange(0, 19).Draw(t, "voxel") <= density*density/5
		}
		checkDistances(t, shape, spacing, mask)
	})
}

type failer interface {
	Fatalf(format string, arguments ...any)
}

func checkDistances(t failer, shape [3]int, spacing [3]float64, mask []bool) {
	got := make([]float64, len(mask))
	DistanceTransform(got, Distances{Mask: MarksOf(shape, mask), Bits: 1, Spacing: spacing, Workers: 2})
	for i := range mask {
		want := math.Inf(1)
		for k, in := range mask {
			if in {
				want = min(want, between(shape, spacing, i, k))
			}
		}
		// 1e-12: two additions and a square root in float64.
		if got[i] != want && !(math.Abs(got[i]-want) <= 1e-12*want) {
			t.Fatalf("shape %v, spacing %v, voxel %d: got %v, want %v", shape, spacing, i, got[i], want)
		}
	}
}

func between(shape [3]int, spacing [3]float64, i, k int) float64 {
	sum := 0.0
	for axis := 2; axis >= 0; axis-- {
		d := float64(i%shape[axis]-k%shape[axis]) * spacing[axis]
		sum += d * d
		i, k = i/shape[axis], k/shape[axis]
	}
	return math.Sqrt(sum)
}

func FuzzDistanceTransform(f *testing.F) {
	f.Add(uint8(3), uint8(4), 2.5, 0.7, []byte{1, 0, 0, 0, 0, 1})
	f.Add(uint8(1), uint8(1), 1.0, 1.0, []byte{0})
	f.Fuzz(func(t *testing.T, height, width uint8, z, y float64, bits []byte) {
		if !(z > 1e-3 && z < 1e3 && y > 1e-3 && y < 1e3) || len(bits) > 600 {
			return
		}
		plane := (int(height%12) + 1) * (int(width%12) + 1)
		depth := len(bits) / plane
		mask := make([]bool, depth*plane)
		for i := range mask {
			mask[i] = bits[i]&1 == 1
		}
		checkDistances(t, [3]int{depth, int(height%12) + 1, int(width%12) + 1}, [3]float64{z, y, 1}, mask)
	})
}

func TestDistancesDoNotDependOnWorkers(t *testing.T) {
	shape := [3]int{7, 40, 70}
	mask := ball(shape, [3]float64{3, 20, 35}, 11)
	d := Distances{Mask: MarksOf(shape, mask), Bits: 1, Spacing: [3]float64{3, 0.9, 1.1}}
	one, many := make([]float64, len(mask)), make([]float64, len(mask))
	DistanceTransform(one, d)
	d.Workers = 5
	DistanceTransform(many, d)
	for i := range one {
		if one[i] != many[i] {
			t.Fatalf("voxel %d: %v with one worker, %v with five", i, one[i], many[i])
		}
	}
}

// TestVisitBeyondTheBudget asks for voxels far from the mask, for which the search gives way to the
// transform in the middle of a line, and for near ones, which the search does alone.
func TestVisitBeyondTheBudget(t *testing.T) {
	shape := [3]int{20, 24, 40}
	want := make([]float64, shape[0]*shape[1]*shape[2])
	for name, centre := range map[string][3]float64{"far": {2, 3, 4}, "near": {10, 12, 20}} {
		t.Run(name, func(t *testing.T) {
			d := Distances{Mask: MarksOf(shape, ball(shape, centre, 2)), Bits: 1, Spacing: [3]float64{1.5, 1, 0.7}, Workers: 2}
			DistanceTransform(want, d)
			at := MarksOf(shape, ball(shape, [3]float64{10, 12, 20}, 9))
			got := make([]float64, len(want))
			visits := make([]int, len(want))
			d.Visit(at, 1, func(_, i int, distance float64) { got[i] = distance; visits[i]++ })
			for i, v := range at.Data {
				if visits[i] != int(v) || v == 1 && math.Abs(got[i]-want[i]) > 1e-12*want[i] {
					t.Fatalf("voxel %d: %d visits, %v, want %d and %v", i, visits[i], got[i], v, want[i])
				}
			}
		})
	}
}

// ball returns the voxels within a radius, in voxels, of a centre.
func ball(shape [3]int, centre [3]float64, radius float64) []bool {
	mask := make([]bool, shape[0]*shape[1]*shape[2])
	i := 0
	for z := range shape[0] {
		for y := range shape[1] {
			for x := range shape[2] {
				mask[i] = square(float64(z)-centre[0])+square(float64(y)-centre[1])+square(float64(x)-centre[2]) <= radius*radius
				i++
			}
		}
	}
	return mask
}

// BenchmarkDistanceTransform shows time per voxel at two sizes: linear means that it stays.
func BenchmarkDistanceTransform(b *testing.B) {
	for name, n := range map[string]int{"64": 64, "160": 160} {
		b.Run(name, func(b *testing.B) {
			shape := [3]int{n, n, n}
			r := float64(n) / 3
			mask := MarksOf(shape, ball(shape, [3]float64{r, r, r}, r))
			dst := make([]float64, len(mask.Data))
			b.SetBytes(int64(len(dst)))
			for b.Loop() {
				DistanceTransform(dst, Distances{Mask: mask, Bits: 1, Spacing: [3]float64{2, 1, 1}})
			}
		})
	}
}

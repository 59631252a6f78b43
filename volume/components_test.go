package volume

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestComponents(t *testing.T) {
	diagonal := []bool{true, false, false, true}                         // 2x2
	cube := []bool{true, false, false, false, false, false, false, true} // 2x2x2, opposite corners
	edge := []bool{true, false, false, false, false, true, false, false} // 2x2x2, sharing an edge
	for name, test := range map[string]struct {
		shape [3]int
		mask  []bool
		c     Connectivity
		want  []int
	}{
		"no voxel":                 {[3]int{0, 3, 3}, nil, Corners, nil},
		"empty":                    {[3]int{1, 2, 2}, make([]bool, 4), Corners, nil},
		"one voxel":                {[3]int{1, 1, 1}, []bool{true}, Faces, []int{1}},
		"diagonal, 4 neighbours":   {[3]int{1, 2, 2}, diagonal, Faces, []int{1, 1}},
		"diagonal, 8 neighbours":   {[3]int{1, 2, 2}, diagonal, Corners, []int{2}},
		"edge, 6 neighbours":       {[3]int{2, 2, 2}, edge, Faces, []int{1, 1}},
		"edge, 18 neighbours":      {[3]int{2, 2, 2}, edge, Edges, []int{2}},
		"corner, 18 neighbours":    {[3]int{2, 2, 2}, cube, Edges, []int{1, 1}},
		"corner, 26 neighbours":    {[3]int{2, 2, 2}, cube, Corners, []int{2}},
		"rows do not wrap around":  {[3]int{1, 2, 3}, []bool{false, false, true, true, false, false}, Corners, []int{1, 1}},
		"slices do not wrap":       {[3]int{2, 2, 1}, []bool{false, true, true, false}, Faces, []int{1, 1}},
		"a U joined at the bottom": {[3]int{1, 3, 3}, []bool{true, false, true, true, false, true, true, true, true}, Faces, []int{7}},
	} {
		t.Run(name, func(t *testing.T) {
			s := Components(test.shape, func(i int) bool { return test.mask[i] }, test.c)
			if !slices.Equal(s.Sizes, test.want) {
				t.Errorf("got sizes %v, want %v", s.Sizes, test.want)
			}
		})
	}
}

// TestComponentsAgainstFlood compares with a plain flood fill.
func TestComponentsAgainstFlood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := [3]int{rapid.IntRange(1, 5).Draw(t, "z"), rapid.IntRange(1, 7).Draw(t, "y"), rapid.IntRange(1, 9).Draw(t, "x")}
		c := Connectivity(rapid.IntRange(1, 3).Draw(t, "connectivity"))
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		density := rapid.Float64Range(0, 1).Draw(t, "density")
		mask := make([]bool, shape[0]*shape[1]*shape[2])
		for i := range mask {
			mask[i] = rng.Float64() < density
		}
		s := Components(shape, func(i int) bool { return mask[i] }, c)
		got := make([]int, len(mask))
		s.Each(func(component, from, to int) {
			for i := from; i < to; i++ {
				got[i] = component + 1
			}
		})
		if want := flooded(shape, mask, c); !slices.Equal(got, want) {
			t.Fatalf("shape %v, connectivity %d: got %v, want %v", shape, c, got, want)
		}
	})
}

// flooded numbers components from 1 in the order of their first voxels.
func flooded(shape [3]int, mask []bool, c Connectivity) []int {
	labels, next := make([]int, len(mask)), 0
	var fill func(z, y, x int)
	fill = func(z, y, x int) {
		if z < 0 || y < 0 || x < 0 || z >= shape[0] || y >= shape[1] || x >= shape[2] {
			return
		}
		i := (z*shape[1]+y)*shape[2] + x
		if !mask[i] || labels[i] != 0 {
			return
		}
		labels[i] = next
		for step := range 27 {
			dz, dy, dx := step/9-1, step/3%3-1, step%3-1
			if dz*dz+dy*dy+dx*dx <= int(c) {
				fill(z+dz, y+dy, x+dx)
			}
		}
	}
	for i := range mask {
		if mask[i] && labels[i] == 0 {
			next++
			fill(i/shape[2]/shape[1], i/shape[2]%shape[1], i%shape[2])
		}
	}
	return labels
}

// BenchmarkComponents shows time per voxel at two sizes: linear means that it stays.
func BenchmarkComponents(b *testing.B) {
	for _, n := range []int{64, 160} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			mask := make([]bool, n*n*n)
			for i := range mask {
				mask[i] = (i/3+i/(5*n)+i/(4*n*n))%3 == 0
			}
			b.SetBytes(int64(len(mask)))
			for b.Loop() {
				Components([3]int{n, n, n}, func(i int) bool { return mask[i] }, Corners)
			}
		})
	}
}

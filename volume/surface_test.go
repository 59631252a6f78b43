package volume

import "testing"

func TestSurface(t *testing.T) {
	for name, test := range map[string]struct {
		shape [3]int
		mask  []bool
		want  int
	}{
		"one voxel":                 {[3]int{1, 1, 1}, []bool{true}, 1},
		"one slice, full":           {[3]int{1, 4, 5}, full(20), 14},
		"one row, full":             {[3]int{1, 1, 5}, full(5), 2},
		"cube at the border":        {[3]int{4, 4, 4}, full(64), 56},
		"two slices, all surface":   {[3]int{2, 5, 5}, full(50), 50},
		"empty":                     {[3]int{3, 3, 3}, make([]bool, 27), 0},
		"ball: shell around a core": {[3]int{5, 5, 5}, ball([3]int{5, 5, 5}, [3]float64{2, 2, 2}, 2), 33 - 7},
	} {
		t.Run(name, func(t *testing.T) {
			m := MarksOf(test.shape, test.mask)
			s := Surface(m, SpatialAxes(test.shape), 2)
			got := 0
			for i, v := range s.Data {
				got += int(v)
				if v == 1 && !test.mask[i] {
					t.Fatalf("voxel %d lies on the surface but not in the mask", i)
				}
			}
			if got != test.want {
				t.Errorf("got %d surface voxels, want %d", got, test.want)
			}
		})
	}
}

func full(n int) []bool {
	mask := make([]bool, n)
	for i := range mask {
		mask[i] = true
	}
	return mask
}

func TestSurfaceOfSeveralMasksAtOnce(t *testing.T) {
	shape := [3]int{6, 7, 8}
	a, b := ball(shape, [3]float64{2, 3, 3}, 2.5), ball(shape, [3]float64{3, 3, 4}, 3)
	both := NewMarks(shape)
	for i := range both.Data {
		if a[i] {
			both.Data[i] |= 1
		}
		if b[i] {
			both.Data[i] |= 2
		}
	}
	axes := SpatialAxes(shape)
	got, first, second := Surface(both, axes, 1), Surface(MarksOf(shape, a), axes, 1), Surface(MarksOf(shape, b), axes, 1)
	for i, v := range got.Data {
		if v != first.Data[i]|second.Data[i]<<1 {
			t.Fatalf("voxel %d: bits %b, alone %b and %b", i, v, first.Data[i], second.Data[i])
		}
	}
}

package volume

import (
	"slices"
	"testing"
)

// A slice of the result must not depend on any source slice but those that SourceSlices names.
func TestResampleSlabEqualsResample(t *testing.T) {
	for name, r := range resamplings() {
		if !r.Sliceable() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			from := noise([3]int{11, 19, 37}, 3)
			for _, to := range [][3]int{{9, 40, 21}, {30, 8, 37}, {11, 19, 23}, {11, 19, 37}, {1, 3, 2}} {
				want, got := NewGrid(to, make([]float32, to[0]*to[1]*to[2])), NewGrid(to, make([]float32, to[0]*to[1]*to[2]))
				Resample(want, from, r)
				var scratch SliceScratch
				for z, n := range r.SourceSlices(from.Shape, to) {
					box := Box{Start: [3]int{n[0], 0, 0}, End: [3]int{n[1], 19, 37}}
					few := NewGrid(box.Shape(), from.Crop(box).Copy(make([]float32, box.Shape()[0]*19*37)))
					ResampleSlab(got.slice(z), Slab{few, n[0], 11}, to, z, r, &scratch)
				}
				if !slices.Equal(got.Data, want.Data) {
					t.Errorf("%v differs", to)
				}
			}
		})
	}
}

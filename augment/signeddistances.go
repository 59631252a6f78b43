package augment

import (
	"math"

	"github.com/autoseg/autoseg/volume"
)

// SignedDistances is the map of the boundary loss (Kervadec et al. 2019): for every class the distance to its
// nearest voxel outside of it, minus the distance to the nearest voxel outside of the class inside of it.
// It is 0 everywhere where the patch has no boundary of the class.
type SignedDistances struct {
	// Spacing is that of the patch.
	Spacing [3]float64
	// Classes are the label sets of the channels.
	Classes [][]int
}

// Channels returns the number of classes.
func (s SignedDistances) Channels() int { return len(s.Classes) }

// Write fills dst with the distances of every class.
func (s SignedDistances) Write(dst []float32, labels []int16, shape [3]int) {
	n := len(labels)
	class, rest := make([]bool, n), make([]bool, n)
	outside, inside := make([]float64, n), make([]float64, n)
	for c, set := range s.Classes {
		for i, l := range labels {
			class[i] = member(l, set) != 0
			rest[i] = !class[i]
		}
		s.distances(outside, class, shape)
		s.distances(inside, rest, shape)
		for i, d := range outside {
			phi := d - inside[i]
			if math.IsInf(phi, 0) {
				phi = 0
			}
			dst[c*n+i] = float32(phi)
		}
	}
}

func (s SignedDistances) distances(dst []float64, mask []bool, shape [3]int) {
	volume.DistanceTransform(dst, volume.Distances{Mask: volume.MarksOf(shape, mask), Bits: 1, Spacing: s.Spacing})
}

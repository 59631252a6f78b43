package trainer

import (
	"math"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// drawer is the part of *rand.Rand that the sampler needs.
type drawer interface {
	// IntN returns a uniform number in [0, n).
	IntN(n int) int
}

// Sampler chooses which box of a case becomes a patch (nnU-Net's data loader, get_bbox).
type Sampler struct {
	// Cut is the shape that is cut, Final the shape that remains after augmentation. A free box may
	// reach beyond the case by half the difference, so that its final part still lies inside.
	Cut, Final [3]int
	// Ignored says that the dataset has an ignore label: free boxes are then centred on an annotated
	// voxel.
	Ignored bool
}

// Forced reports whether sample j of a batch must contain foreground: the last third, by Python's
// rounding of batch·(1-share), half to even. A batch of one has none.
func Forced(j, batch int, share float64) bool {
	return j >= int(math.RoundToEven(float64(batch)*(1-share)))
}

// Bounds returns the range of lower corners of a free box in a case, both ends included.
func (s *Sampler) Bounds(shape [3]int) (low, high [3]int) {
	for i, n := range shape {
		pad := s.Cut[i] - s.Final[i]
		if pad+n < s.Cut[i] {
			pad = s.Cut[i] - n
		}
		low[i] = -(pad / 2) - pad%2
		high[i] = n + pad/2 + pad%2 - s.Cut[i]
	}
	return low, high
}

// Box draws a box of a case. A forced box is centred on a stored voxel of a class drawn uniformly; it
// may reach beyond the free range at the upper end, never at the lower.
func (s *Sampler) Box(rng drawer, shape [3]int, classes []dataset.ClassLocations, forced bool) volume.Box {
	low, high := s.Bounds(shape)
	var corner [3]int
	if voxel, ok := s.voxel(rng, classes, forced); ok {
		for i, v := range voxel {
			corner[i] = max(low[i], int(v)-s.Cut[i]/2)
		}
	} else {
		for i := range corner {
			corner[i] = low[i] + rng.IntN(high[i]-low[i]+1)
		}
	}
	box := volume.Box{Start: corner}
	for i := range corner {
		box.End[i] = corner[i] + s.Cut[i]
	}
	return box
}

// voxel draws the voxel that a box is centred on, if it must have one.
func (s *Sampler) voxel(rng drawer, classes []dataset.ClassLocations, forced bool) ([3]int32, bool) {
	var none [3]int32
	if !forced && !s.Ignored {
		return none, false
	}
	chosen := s.class(rng, classes, forced)
	if chosen < 0 || len(classes[chosen].Voxels) == 0 {
		return none, false
	}
	voxels := classes[chosen].Voxels
	return voxels[rng.IntN(len(voxels))], true
}

// class returns the index of the class to draw from, or -1. The class of everything annotated (its
// labels begin with -1) serves free boxes, and forced ones only when the case has no other.
func (s *Sampler) class(rng drawer, classes []dataset.ClassLocations, forced bool) int {
	annotated, count := -1, 0
	for i := range classes {
		switch {
		case isAnnotated(&classes[i]):
			annotated = i
		case len(classes[i].Voxels) > 0:
			count++
		}
	}
	if !forced || count == 0 {
		return annotated
	}
	k := rng.IntN(count)
	for i := range classes {
		if isAnnotated(&classes[i]) || len(classes[i].Voxels) == 0 {
			continue
		}
		if k == 0 {
			return i
		}
		k--
	}
	return -1
}

func isAnnotated(c *dataset.ClassLocations) bool { return len(c.Labels) > 0 && c.Labels[0] == -1 }

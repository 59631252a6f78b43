package postprocess

import (
	"slices"
	"sync"

	"github.com/autoseg/autoseg/internal/parallel"
)

// sizeShares are the minimal sizes that are tried, as shares of the smallest component that the
// references have: whatever is smaller than every true component is noise, with room for structures that
// are segmented too small.
var sizeShares = []float64{0.25, 0.5, 1}

// minimumSizes tries minimal sizes for every class.
func (s *selector) minimumSizes() error {
	smallest, err := s.smallestComponents()
	if err != nil {
		return err
	}
	for _, share := range sizeShares {
		var candidates []classRule
		for i, c := range s.classes {
			if smallest[i] > 0 {
				candidates = append(candidates, classRule{c, RemoveSmall{foregroundOf(c), share * smallest[i]}})
			}
		}
		if err := s.perClass(candidates); err != nil {
			return err
		}
	}
	return nil
}

// smallestComponents returns the volume in mm³ of the smallest component of every class in the
// references, 0 where there is none.
func (s *selector) smallestComponents() ([]float64, error) {
	smallest := make([]float64, len(s.classes))
	var lock sync.Mutex
	err := parallel.Each(s.ctx, max(1, s.o.Workers), len(s.cases), func(_, k int) error {
		reference, err := s.cases[k].Reference()
		if err != nil {
			return err
		}
		for i, c := range s.classes {
			sizes := componentsOf(reference, foregroundOf(c)).Sizes
			if len(sizes) == 0 {
				continue
			}
			v := float64(slices.Min(sizes)) * reference.VoxelVolume()
			lock.Lock()
			if smallest[i] == 0 || v < smallest[i] {
				smallest[i] = v
			}
			lock.Unlock()
		}
		return nil
	})
	return smallest, err
}

// holes tries to fill the holes of every class, one class after another because holes may lie in each
// other.
func (s *selector) holes() error {
	var candidates []classRule
	order := s.o.Labelling.Order()
	for i, c := range s.classes {
		labels := foregroundOf(c)
		value := labels[0]
		if s.o.Labelling.HasRegions() {
			value = order[i]
		}
		candidates = append(candidates, classRule{c, FillHoles{labels, value}})
	}
	return s.inTurn(candidates)
}

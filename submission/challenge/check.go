package challenge

import (
	"fmt"
	"maps"
	"slices"

	"github.com/autoseg/autoseg/volume"
)

// gridTolerance allows for coordinates that went through single precision, in mm, and in units of a direction.
const gridTolerance = 1e-3

func sameGrid(prediction, image volume.Geometry) error {
	if prediction.Equal(image, gridTolerance) {
		return nil
	}
	return fmt.Errorf("the prediction has %s, the image %s; predict it again", grid(prediction), grid(image))
}

func grid(g volume.Geometry) string {
	return fmt.Sprintf("shape %v, spacing %v, origin %v, direction %v", g.Shape, g.Spacing, g.Origin, g.Direction)
}

// recode replaces label values by the challenge's and counts them.
func recode(l *volume.Labels, values map[int]uint16, voxels map[uint16]int) error {
	for i, v := range l.Data {
		w, ok := values[int(v)]
		if !ok {
			return fmt.Errorf("label %d at voxel %v (z, y, x) means nothing to the challenge; the labels are %v", v,
				[3]int{i / l.Shape[2] / l.Shape[1], i / l.Shape[2] % l.Shape[1], i % l.Shape[2]}, keys(values))
		}
		l.Data[i] = w
		voxels[w]++
	}
	return nil
}

func keys(m map[int]uint16) []int { return slices.Sorted(maps.Keys(m)) }

package postprocess

import (
	"fmt"

	"github.com/autoseg/autoseg/volume"
)

// FillHoles gives background that the union of Labels encloses the label Value: background from which no
// path through faces leads out of the image without crossing the labels. Within one slice the path stays
// in the slice. Other labels are never overwritten.
type FillHoles struct {
	Labels []int `yaml:"labels,flow"`
	Value  int   `yaml:"value"`
}

// Apply implements Rule.
func (r FillHoles) Apply(l *volume.Labels) int {
	m := newMembers(r.Labels)
	shape, offset := l.Shape, 0
	if shape[0] == 1 {
		// volume.FillHoles regards the faces of the array as open. A slice gets closed ones.
		shape[0], offset = 3, len(l.Data)
	}
	mask := make([]bool, shape[0]*shape[1]*shape[2])
	for i := range mask {
		inside := i >= offset && i-offset < len(l.Data)
		mask[i] = !inside || m.has(l.Data[i-offset])
	}
	volume.FillHoles(shape, mask)
	changed := 0
	for i, v := range l.Data {
		if v == 0 && mask[i+offset] {
			l.Data[i] = uint16(r.Value)
			changed++
		}
	}
	return changed
}

// String implements Rule.
func (r FillHoles) String() string {
	return fmt.Sprintf("fill the holes of %s with %d", labelWords(r.Labels), r.Value)
}

// Validate implements Rule.
func (r FillHoles) Validate() error {
	if err := validateLabels("fill_holes", []int{r.Value}); err != nil {
		return err
	}
	return validateLabels("fill_holes", r.Labels)
}

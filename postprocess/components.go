package postprocess

import (
	"fmt"

	"github.com/autoseg/autoseg/volume"
)

// KeepLargest removes all components of the union of Labels but the largest. Components of equal size
// all stay.
type KeepLargest struct {
	Labels []int `yaml:"labels,flow"`
}

// RemoveSmall removes the components of the union of Labels that are smaller than MinimumMM3.
type RemoveSmall struct {
	Labels     []int   `yaml:"labels,flow"`
	MinimumMM3 float64 `yaml:"minimum_mm3"`
}

// Apply implements Rule.
func (r KeepLargest) Apply(l *volume.Labels) int {
	c := componentsOf(l, r.Labels)
	largest := c.Largest()
	return remove(l, c, func(size int) bool { return size < largest })
}

// String implements Rule.
func (r KeepLargest) String() string {
	return "keep the largest component of " + labelWords(r.Labels)
}

// Validate implements Rule.
func (r KeepLargest) Validate() error { return validateLabels("keep_largest", r.Labels) }

// slack keeps a component of exactly the minimal volume although its volume is a product of spacings.
const slack = 1e-9

// Apply implements Rule.
func (r RemoveSmall) Apply(l *volume.Labels) int {
	voxel := l.VoxelVolume()
	return remove(l, componentsOf(l, r.Labels), func(size int) bool {
		return float64(size)*voxel < r.MinimumMM3*(1-slack)
	})
}

// String implements Rule.
func (r RemoveSmall) String() string {
	return fmt.Sprintf("remove components below %.4g mm³ of %s", r.MinimumMM3, labelWords(r.Labels))
}

// Validate implements Rule.
func (r RemoveSmall) Validate() error {
	if !(r.MinimumMM3 > 0) {
		return fmt.Errorf("remove_small: minimum_mm3 is %g, want a positive number", r.MinimumMM3)
	}
	return validateLabels("remove_small", r.Labels)
}

func componentsOf(l *volume.Labels, labels []int) *volume.ComponentSet {
	m := newMembers(labels)
	return volume.Components(l.Shape, func(i int) bool { return m.has(l.Data[i]) }, volume.Corners)
}

// remove turns the components whose size is not wanted into background.
func remove(l *volume.Labels, c *volume.ComponentSet, unwanted func(size int) bool) int {
	changed := 0
	c.Each(func(component, from, to int) {
		if unwanted(c.Sizes[component]) {
			clear(l.Data[from:to])
			changed += to - from
		}
	})
	return changed
}

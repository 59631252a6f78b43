package block

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/plans"
)

// Divisible says which axis of an input is no multiple of the product of the strides there.
func Divisible(arch plans.Architecture, extent []int) error {
	for i, d := range arch.Divisor() {
		if n := extent[i]; n < 1 || n%d != 0 {
			return fmt.Errorf("the input's extent %d along axis %d is not a multiple of %d, the product of its strides there", n, i, d)
		}
	}
	return nil
}

// Extent returns the spatial extents of an activation, one per axis.
func Extent(x engine.Node) []int { return x.Shape()[2:] }

// CentreCrop cuts x to an extent, beginning at floor((n-m)/2) along every axis.
func CentreCrop(x engine.Node, extent []int) engine.Node {
	first, cut := make([]int, len(extent)), false
	for i, n := range Extent(x) {
		first[i] = (n - extent[i]) / 2
		cut = cut || n != extent[i]
	}
	if !cut {
		return x
	}
	return op.Crop(x, first, extent)
}

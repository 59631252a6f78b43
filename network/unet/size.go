package unet

import (
	"fmt"

	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// Check says why the network cannot take an input of an extent. Padded, every axis must be a multiple of
// its strides' product; unpadded, every pooling must see a multiple of its stride and something must be
// left of the bottom and of the result (architectures.md 4.2).
func Check(arch plans.Architecture, extent []int) error {
	if !unpadded(arch) {
		return block.Divisible(arch, extent)
	}
	for i, n := range extent {
		if _, ok := output(arch, i, n); ok {
			continue
		}
		return fmt.Errorf("the input's extent %d along axis %d does not fit an unpadded U-Net; the next one that does is %d", n, i, next(arch, i, n))
	}
	return nil
}

// Fit returns the smallest extents from the given ones up that the network takes.
func Fit(arch plans.Architecture, extent []int) []int {
	r := make([]int, len(extent))
	for i, n := range extent {
		if d := arch.Divisor()[i]; !unpadded(arch) {
			r[i] = max(1, (n+d-1)/d) * d
			continue
		}
		r[i] = next(arch, i, n-1)
	}
	return r
}

// Output returns the result's extents for an input's that Check takes.
func Output(arch plans.Architecture, extent []int) []int {
	r := make([]int, len(extent))
	for i, n := range extent {
		if r[i] = n; unpadded(arch) {
			r[i], _ = output(arch, i, n)
		}
	}
	return r
}

// output returns the result's extent along an axis for an input's.
func output(arch plans.Architecture, axis, n int) (int, bool) {
	last := arch.Stages() - 1
	for s := range arch.Stages() {
		t := arch.Strides[s][axis]
		if n%t != 0 {
			return 0, false
		}
		if n = n/t - arch.Convolutions[s]*(arch.Kernels[s][axis]-1); n < 1 {
			return 0, false
		}
	}
	for j := range last {
		s := last - 1 - j
		n = n*arch.Strides[s+1][axis] - arch.DecoderConvolutions[j]*(arch.Kernels[s][axis]-1)
		if n < 1 {
			return 0, false
		}
	}
	return n, true
}

// next returns the smallest valid extent above n. Valid ones repeat with the product of the strides, so
// it is found within one period behind the margin.
func next(arch plans.Architecture, axis, n int) int {
	for n++; ; n++ {
		if _, ok := output(arch, axis, n); ok {
			return n
		}
	}
}

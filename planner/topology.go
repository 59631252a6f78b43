package planner

import (
	"math"
	"slices"
)

// topology is the shape of an encoder: what happens to each axis at each stage.
type topology struct {
	strides, kernels [][]int
	patch            []int // made divisible
	divisor          []int // product of the strides per axis
}

// poolings returns how often each axis is pooled.
func (t *topology) poolings() []int {
	n := make([]int, len(t.divisor))
	for i, d := range t.divisor {
		for ; d > 1; d /= 2 {
			n[i]++
		}
	}
	return n
}

// topologyFor derives strides and kernels from spacing and patch (get_pool_and_conv_props). An axis is
// pooled as long as its feature map keeps an edge of 4 and its spacing is below twice the finest that
// can still be pooled; its kernels are 1 until the finest spacing has come within a factor of 2.
func topologyFor(spacing, patch []float64) topology {
	d := len(spacing)
	w := walk{spacing: slices.Clone(spacing), size: slices.Clone(patch), kernel: slices.Repeat([]int{1}, d)}
	t := topology{divisor: slices.Repeat([]int{1}, d)}
	t.strides = append(t.strides, slices.Repeat([]int{1}, d))
	for {
		axes := w.poolable()
		if len(axes) == 0 {
			break
		}
		w.growKernel()
		stride := slices.Repeat([]int{1}, d)
		for _, axis := range axes {
			stride[axis] = 2
			t.divisor[axis] *= 2
			w.spacing[axis] *= 2
			w.size[axis] = math.Ceil(w.size[axis] / 2)
		}
		t.strides = append(t.strides, stride)
		t.kernels = append(t.kernels, slices.Clone(w.kernel))
	}
	t.kernels = append(t.kernels, slices.Repeat([]int{3}, d)) // bottleneck
	t.patch = roundUp(patch, t.divisor)
	return t
}

// walk is the state on the way down.
type walk struct {
	spacing, size []float64
	kernel        []int
}

// poolable returns the axes that the next stage pools, or none at the end. A single axis is pooled
// only if it has at least three times the smallest edge left.
func (w *walk) poolable() []int {
	finest := math.Inf(1)
	for i, n := range w.size {
		if n >= 2*minEdge {
			finest = min(finest, w.spacing[i])
		}
	}
	var axes []int
	for i, n := range w.size {
		if n >= 2*minEdge && w.spacing[i]/finest < 2 {
			axes = append(axes, i)
		}
	}
	if len(axes) == 1 && w.size[axes[0]] < 3*minEdge {
		return nil
	}
	return axes
}

// growKernel sets the kernel to 3 on every axis whose spacing has come close to the finest. Kernels
// never go back.
func (w *walk) growKernel() {
	finest := slices.Min(w.spacing)
	for i, s := range w.spacing {
		if s/finest < 2 {
			w.kernel[i] = 3
		}
	}
}

// roundUp makes a patch divisible; fractions are rounded up even where the divisor is 1.
func roundUp(patch []float64, divisor []int) []int {
	all := make([]int, len(patch))
	for i, n := range patch {
		all[i] = divisor[i] * int(math.Ceil(n/float64(divisor[i])))
	}
	return all
}

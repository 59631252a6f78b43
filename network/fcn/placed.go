package fcn

import (
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/network/block"
)

// placed is an activation that knows where it lies over the image: per axis, index i is at the image's
// coordinate scale*i + offset (architectures.md 2.2). Crops follow from equal coordinates, so that no
// number of them is stored.
type placed struct {
	node          engine.Node
	scale, offset []float64
}

// map0 places the image itself.
func map0(image engine.Node) placed {
	axes := len(block.Extent(image))
	return placed{image, slices.Repeat([]float64{1}, axes), make([]float64, axes)}
}

// windows places the result of a convolution or pooling of x.
func (x placed) windows(y engine.Node, kernel, stride, pad []int) placed {
	r := placed{y, slices.Clone(x.scale), slices.Clone(x.offset)}
	for i, k := range kernel {
		r.offset[i] += r.scale[i] * (float64(k-1)/2 - float64(pad[i]))
		r.scale[i] *= float64(stride[i])
	}
	return r
}

// spread places the result of a transposed convolution of x.
func (x placed) spread(y engine.Node, kernel, stride, pad []int) placed {
	r := placed{y, slices.Clone(x.scale), slices.Clone(x.offset)}
	for i, k := range kernel {
		r.scale[i] /= float64(stride[i])
		r.offset[i] -= r.scale[i] * (float64(k-1)/2 - float64(pad[i]))
	}
	return r
}

// common cuts two activations to the voxels that both have. It panics when their voxels do not coincide.
func common(a, b placed) (placed, placed) {
	axes := len(a.scale)
	fromA, fromB, extent := make([]int, axes), make([]int, axes), make([]int, axes)
	for i := range axes {
		shift := (a.offset[i] - b.offset[i]) / a.scale[i] // b's index of a's first voxel
		if a.scale[i] != b.scale[i] || shift != float64(int(shift)) {
			panic(fmt.Sprintf("fcn: grids of scale %v, offset %v and scale %v, offset %v do not coincide", a.scale, a.offset, b.scale, b.offset))
		}
		fromA[i], fromB[i] = max(0, -int(shift)), max(0, int(shift))
		extent[i] = min(block.Extent(a.node)[i]-fromA[i], block.Extent(b.node)[i]-fromB[i])
	}
	return a.crop(fromA, extent), b.crop(fromB, extent)
}

func (x placed) crop(first, extent []int) placed {
	if slices.Equal(extent, block.Extent(x.node)) {
		return x
	}
	r := placed{op.Crop(x.node, first, extent), slices.Clone(x.scale), slices.Clone(x.offset)}
	for i, f := range first {
		r.offset[i] += r.scale[i] * float64(f)
	}
	return r
}

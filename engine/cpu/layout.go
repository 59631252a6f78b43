package cpu

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/kernel"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// The layouts of this executor besides engine.Planar.
const (
	Blocked     engine.Layout = 1 // activations, [n][channel/16][z][y][x][16]
	Packed      engine.Layout = 2 // weights, see kernel.PackWeights
	PackedFirst engine.Layout = 3 // weights of a convolution of a planar input, see kernel.PackPlanarWeights
	Points      engine.Layout = 4 // constant weights, transformed by Winograd's method, see kernel.PackPoints
	HalfPoints  engine.Layout = 5 // the same in bfloat16
)

// lanes is the number of channels of a block.
const lanes = vector.Lanes

// Elements returns how many elements a value of this shape takes in this layout.
func (e *executor) Elements(shape engine.Shape, layout engine.Layout) int {
	switch layout {
	case Blocked:
		return shape[0] * kernel.Blocks(shape[1]) * lanes * pixels(shape)
	case Packed:
		return kernel.PackedWeights(shape[1], shape[0], pixels(shape))
	case PackedFirst:
		return kernel.PackedPlanarWeights(shape[1], shape[0], pixels(shape))
	case Points, HalfPoints:
		return kernel.PointWeights(weights(shape), formOf(layout))
	}
	return shape.Size()
}

// formOf returns the form of the weights of a forward convolution.
func formOf(layout engine.Layout) kernel.Form {
	switch layout {
	case Points:
		return kernel.Points
	case HalfPoints:
		return kernel.HalfPoints
	}
	return kernel.Packed
}

// pixels returns the elements per sample and channel.
func pixels(shape engine.Shape) int { return engine.Shape(shape[2:]).Size() }

// weights describes an array of weights (out, in, k...) for packing.
func weights(shape engine.Shape) kernel.Weights {
	return kernel.Weights{In: shape[1], Out: shape[0], Taps: pixels(shape)}
}

// isActivation reports whether a shape has batch, channel and two or three axes.
func isActivation(s engine.Shape) bool { return len(s) == 4 || len(s) == 5 }

// Upload moves a value from the host to the executor.
func (e *executor) Upload(dst engine.Tensor, src engine.Array) {
	to := floats(dst)
	switch dst.Layout {
	case Blocked:
		e.toBlocked(blockedOf(dst), src.F32)
	case Packed:
		kernel.PackWeights(to, src.F32, weights(dst.Shape))
	case PackedFirst:
		kernel.PackPlanarWeights(to, src.F32, weights(dst.Shape))
	case Points, HalfPoints:
		kernel.PackPoints(to, src.F32, weights(dst.Shape), formOf(dst.Layout), e.level)
	default:
		copy(to, src.F32[:dst.Shape.Size()])
	}
}

// Download moves a value from the executor to the host.
func (e *executor) Download(dst engine.Array, src engine.Tensor) {
	from := floats(src)
	switch src.Layout {
	case Blocked:
		e.fromBlocked(dst.F32, blockedOf(src))
	case Packed:
		kernel.UnpackWeights(dst.F32, from, weights(src.Shape))
	case PackedFirst:
		kernel.UnpackPlanarWeights(dst.F32, from, weights(src.Shape))
	case Points, HalfPoints:
		kernel.UnpackPoints(dst.F32, from, weights(src.Shape), formOf(src.Layout))
	default:
		copy(dst.F32[:src.Shape.Size()], from)
	}
}

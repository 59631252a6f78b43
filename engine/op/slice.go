package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// Slice returns the channels [from, to) of x.
func Slice(x engine.Node, from, to int) engine.Node {
	return x.Graph().Apply(sliceDefinition(engine.SliceAttributes{From: from, To: to}), x)
}

// PlaceChannels is the gradient of Slice: zeros in a.Channels channels, with dy at [a.From, a.To).
func PlaceChannels(dy engine.Node, a engine.SliceAttributes) engine.Node {
	return dy.Graph().Apply(placeDefinition(a), dy)
}

func sliceDefinition(a engine.SliceAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.SliceChannels, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the operand", s[0]); err != nil {
				return nil, err
			}
			if a.From < 0 || a.To <= a.From || a.To > s[0][1] {
				return nil, fmt.Errorf("channels [%d, %d) of %d", a.From, a.To, s[0][1])
			}
			return s[0].WithSpatial(a.To-a.From, s[0].Spatial()), nil
		},
		Compute: compute(sliceKernel[float32](a), sliceKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			b := a
			b.Channels = in[0].Shape()[1]
			return []engine.Node{PlaceChannels(dy, b)}
		},
	}
}

func placeDefinition(a engine.SliceAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.PlaceChannels, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the operand", s[0]); err != nil {
				return nil, err
			}
			if a.From < 0 || a.To != a.From+s[0][1] || a.To > a.Channels {
				return nil, fmt.Errorf("%d channels at [%d, %d) of %d", s[0][1], a.From, a.To, a.Channels)
			}
			return s[0].WithSpatial(a.Channels, s[0].Spatial()), nil
		},
		Compute: compute(placeKernel[float32](a), placeKernel[float64](a)),
	}
}

func sliceKernel[T engine.Float](a engine.SliceAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		samples, channels, voxels := planes(src[0].Shape)
		y, x, size := engine.Elements[T](dst), engine.Elements[T](src[0]), (a.To-a.From)*voxels
		for n := range samples {
			copy(y[n*size:][:size], x[(n*channels+a.From)*voxels:])
		}
	}
}

func placeKernel[T engine.Float](a engine.SliceAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		samples, channels, voxels := planes(dst.Shape)
		dx, dy, size := engine.Elements[T](dst), engine.Elements[T](src[0]), (a.To-a.From)*voxels
		clear(dx)
		for n := range samples {
			copy(dx[(n*channels+a.From)*voxels:][:size], dy[n*size:])
		}
	}
}

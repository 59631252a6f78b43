package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// Reading and writing at positions.
const (
	GatherKind  engine.Kind = "gather"  // none: x, switches -> like switches
	ScatterKind engine.Kind = "scatter" // ScatterAttributes: values, switches -> zeros with values at switches
)

// ScatterAttributes is the (z, y, x) extent of the result of a scatter.
type ScatterAttributes struct{ Extent [3]int }

// Gather returns y[n,c,i] = x[n,c,switches[n,c,i]], a position being an index in C order inside a
// channel's plane. Its gradient is written back to the same positions.
func Gather(x, switches engine.Node) engine.Node {
	return x.Graph().Apply(gatherDefinition(), x, switches)
}

// Unpool undoes a max pooling: every value goes to the position that the pooling remembered, in a plane
// of zeros of the extents before pooling (Noh et al. 2015, section 3.2.1). The gradient is gathered at
// the same positions. extent has one number per spatial axis.
func Unpool(values, switches engine.Node, extent []int) engine.Node {
	axes := len(values.Shape()) - 2
	if len(extent) != axes {
		panic(fmt.Sprintf("%s: extent %v for %d spatial axes", ScatterKind, extent, axes))
	}
	a := ScatterAttributes{[3]int{1, 1, 1}}
	copy(a.Extent[3-axes:], extent)
	return values.Graph().Apply(scatterDefinition(a), values, switches)
}

func gatherDefinition() *engine.Definition {
	return &engine.Definition{
		Kind: GatherKind,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := first(activation("the input", s[0]), activation("the switches", s[1])); err != nil {
				return nil, err
			}
			if len(s[0]) != len(s[1]) || s[0][0] != s[1][0] || s[0][1] != s[1][1] {
				return nil, fmt.Errorf("switches of shape %v for an input of shape %v", s[1], s[0])
			}
			return s[1], nil
		},
		Compute: compute(gatherKernel[float32], gatherKernel[float64]),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			extent := in[0].Shape()[2:]
			return []engine.Node{Unpool(dy, in[1], extent), {}}
		},
		Differentiable: []bool{true, false},
	}
}

func scatterDefinition(a ScatterAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: ScatterKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := first(activation("the values", s[0]), same("the values", s[0], "the switches", s[1])); err != nil {
				return nil, err
			}
			if product(a.Extent[:]) < 1 {
				return nil, fmt.Errorf("extent %v", a.Extent)
			}
			return s[0].WithSpatial(s[0][1], a.Extent), nil
		},
		Compute: compute(scatterKernel[float32], scatterKernel[float64]),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{Gather(dy, in[1]), {}}
		},
		Differentiable: []bool{true, false},
	}
}

func gatherKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	y, x, switches := engine.Elements[T](dst), engine.Elements[T](src[0]), engine.Elements[T](src[1])
	_, _, wide := planes(src[0].Shape)
	_, _, narrow := planes(dst.Shape)
	for i, at := range switches {
		y[i] = x[i/narrow*wide+int(at)]
	}
}

// scatterKernel adds, so that it is the adjoint of gather also where two positions are the same.
func scatterKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	y, values, switches := engine.Elements[T](dst), engine.Elements[T](src[0]), engine.Elements[T](src[1])
	_, _, wide := planes(dst.Shape)
	_, _, narrow := planes(src[0].Shape)
	clear(y)
	for i, at := range switches {
		y[i/narrow*wide+int(at)] += values[i]
	}
}

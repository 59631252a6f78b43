package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// Maxout and its gradient.
const (
	MaxoutKind     engine.Kind = "maxout"      // MaxoutAttributes: x
	MaxoutGradKind engine.Kind = "maxout_grad" // MaxoutAttributes: x, dy -> dx
)

// MaxoutAttributes say how many channels compete for one.
type MaxoutAttributes struct{ Pieces int }

// Maxout is the largest of every Pieces consecutive channels (Goodfellow et al. 2013, section 3): channel
// c of the result is max over p of x[pieces*c + p]. The gradient goes to the winner, the first of equals.
func Maxout(x engine.Node, pieces int) engine.Node {
	return x.Graph().Apply(maxoutDefinition(MaxoutAttributes{pieces}), x)
}

func maxoutDefinition(a MaxoutAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: MaxoutKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the input", s[0]); err != nil {
				return nil, err
			}
			if a.Pieces < 1 || s[0][1]%a.Pieces != 0 {
				return nil, fmt.Errorf("%d channels do not make groups of %d", s[0][1], a.Pieces)
			}
			return s[0].WithSpatial(s[0][1]/a.Pieces, s[0].Spatial()), nil
		},
		Compute: compute(maxoutKernel[float32](a), maxoutKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{dy.Graph().Apply(maxoutGradDefinition(a), in[0], dy)}
		},
	}
}

func maxoutGradDefinition(a MaxoutAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: MaxoutGradKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if s[0][1] != a.Pieces*s[1][1] {
				return nil, fmt.Errorf("gradient %v does not belong to input %v", s[1], s[0])
			}
			return s[0], nil
		},
		Compute: compute(maxoutGradKernel[float32](a), maxoutGradKernel[float64](a)),
	}
}

// contests calls f for every element of the result with the position of its winner in x.
func contests[T engine.Float](a MaxoutAttributes, x []T, shape engine.Shape, f func(i, winner int)) {
	samples, channels, voxels := planes(shape)
	for group := range samples * channels / a.Pieces {
		for v := range voxels {
			best := group*a.Pieces*voxels + v
			for p := 1; p < a.Pieces; p++ {
				if at := (group*a.Pieces+p)*voxels + v; x[at] > x[best] {
					best = at
				}
			}
			f(group*voxels+v, best)
		}
	}
}

func maxoutKernel[T engine.Float](a MaxoutAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		y, x := engine.Elements[T](dst), engine.Elements[T](src[0])
		contests(a, x, src[0].Shape, func(i, winner int) { y[i] = x[winner] })
	}
}

func maxoutGradKernel[T engine.Float](a MaxoutAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		dx, x, dy := engine.Elements[T](dst), engine.Elements[T](src[0]), engine.Elements[T](src[1])
		clear(dx)
		contests(a, x, src[0].Shape, func(i, winner int) { dx[winner] = dy[i] })
	}
}

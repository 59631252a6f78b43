package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// PReLU and its gradients. None has attributes.
const (
	PReLUKind          engine.Kind = "prelu"            // x, slopes
	PReLUGradKind      engine.Kind = "prelu_grad"       // x, slopes, dy -> dx
	PReLUSlopeGradKind engine.Kind = "prelu_slope_grad" // x, dy -> dslopes
)

// PReLU is x where x > 0 and slopes[c]*x elsewhere, with one learned slope per channel (He et al. 2015,
// equation 1). The gradient of a slope is the sum of dy*min(0, x) over its channel.
func PReLU(x, slopes engine.Node) engine.Node { return x.Graph().Apply(preluDefinition(), x, slopes) }

// perChannel says what is wrong with an array that should have one number per channel of x.
func perChannel(name string, s, x engine.Shape) error {
	if err := activation("the input", x); err != nil {
		return err
	}
	if !s.Equal(engine.Shape{x[1]}) {
		return fmt.Errorf("%s of shape %v for %d channels", name, s, x[1])
	}
	return nil
}

func preluDefinition() *engine.Definition {
	return &engine.Definition{
		Kind:    PReLUKind,
		Infer:   func(s []engine.Shape) (engine.Shape, error) { return s[0], perChannel("slopes", s[1], s[0]) },
		Compute: compute(preluKernel[float32], preluKernel[float64]),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			g := dy.Graph()
			return []engine.Node{g.Apply(preluGradDefinition(), in[0], in[1], dy), g.Apply(preluSlopeGradDefinition(), in[0], dy)}
		},
	}
}

func preluGradDefinition() *engine.Definition {
	return &engine.Definition{
		Kind: PReLUGradKind,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], first(perChannel("slopes", s[1], s[0]), same("the input", s[0], "its gradient", s[2]))
		},
		Compute: compute(preluGradKernel[float32], preluGradKernel[float64]),
	}
}

func preluSlopeGradDefinition() *engine.Definition {
	return &engine.Definition{
		Kind: PReLUSlopeGradKind,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := first(activation("the input", s[0]), same("the input", s[0], "the gradient", s[1])); err != nil {
				return nil, err
			}
			return engine.Shape{s[0][1]}, nil
		},
		Compute: compute(preluSlopeGradKernel[float32], preluSlopeGradKernel[float64]),
	}
}

func preluKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	_, channels, voxels := planes(dst.Shape)
	y, x, slopes := engine.Elements[T](dst), engine.Elements[T](src[0]), engine.Elements[T](src[1])
	for i, v := range x {
		if y[i] = v; v <= 0 {
			y[i] = slopes[i/voxels%channels] * v
		}
	}
}

func preluGradKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	_, channels, voxels := planes(dst.Shape)
	dx, x, slopes, dy := engine.Elements[T](dst), engine.Elements[T](src[0]), engine.Elements[T](src[1]), engine.Elements[T](src[2])
	for i, v := range x {
		if dx[i] = dy[i]; v <= 0 {
			dx[i] *= slopes[i/voxels%channels]
		}
	}
}

func preluSlopeGradKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	_, channels, voxels := planes(src[0].Shape)
	x, dy := engine.Elements[T](src[0]), engine.Elements[T](src[1])
	sums := make([]float64, channels)
	for i, v := range x {
		if v < 0 {
			sums[i/voxels%channels] += float64(v) * float64(dy[i])
		}
	}
	store(engine.Elements[T](dst), sums)
}

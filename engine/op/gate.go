package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// Multiplication with one channel, and its gradient. Neither has attributes.
const (
	GateKind     engine.Kind = "gate"      // x, a (batch, 1, extent...)
	GateGradKind engine.Kind = "gate_grad" // x, dy -> da
)

// Gate multiplies every channel of x with the one channel of a: the last step of an attention gate
// (Oktay et al. 2018, section 2.2). The gradient of a is the sum of x*dy over the channels.
func Gate(x, a engine.Node) engine.Node { return x.Graph().Apply(gateDefinition(), x, a) }

func gateDefinition() *engine.Definition {
	return &engine.Definition{
		Kind: GateKind,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the input", s[0]); err != nil {
				return nil, err
			}
			if !s[1].Equal(s[0].WithSpatial(1, s[0].Spatial())) {
				return nil, fmt.Errorf("gate of shape %v for an input of shape %v, want the same with one channel", s[1], s[0])
			}
			return s[0], nil
		},
		Compute: compute(gateKernel[float32], gateKernel[float64]),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{Gate(dy, in[1]), dy.Graph().Apply(gateGradDefinition(), in[0], dy)}
		},
	}
}

func gateGradDefinition() *engine.Definition {
	return &engine.Definition{
		Kind: GateGradKind,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0].WithSpatial(1, s[0].Spatial()), same("the input", s[0], "the gradient", s[1])
		},
		Compute: compute(gateGradKernel[float32], gateGradKernel[float64]),
	}
}

func gateKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	samples, channels, voxels := planes(dst.Shape)
	y, x, a := engine.Elements[T](dst), engine.Elements[T](src[0]), engine.Elements[T](src[1])
	for n := range samples {
		gate := a[n*voxels:][:voxels]
		for c := range channels {
			from, to := x[(n*channels+c)*voxels:][:voxels], y[(n*channels+c)*voxels:][:voxels]
			for i, g := range gate {
				to[i] = g * from[i]
			}
		}
	}
}

func gateGradKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	samples, channels, voxels := planes(src[0].Shape)
	da, x, dy := engine.Elements[T](dst), engine.Elements[T](src[0]), engine.Elements[T](src[1])
	sums := make([]float64, voxels)
	for n := range samples {
		clear(sums)
		for c := range channels {
			at := (n*channels + c) * voxels
			for i, v := range x[at:][:voxels] {
				sums[i] += float64(v) * float64(dy[at+i])
			}
		}
		store(da[n*voxels:][:voxels], sums)
	}
}

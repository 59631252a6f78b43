package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// Concat puts activations behind each other along the channels.
func Concat(x ...engine.Node) engine.Node {
	if len(x) == 0 {
		panic("concat: no operands")
	}
	return x[0].Graph().Apply(concatDefinition(), x...)
}

func concatDefinition() *engine.Definition {
	return &engine.Definition{
		Kind:    engine.Concat,
		Infer:   concatShape,
		Compute: compute(concatKernel[float32], concatKernel[float64]),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			var r []engine.Node
			from := 0
			for _, x := range in {
				to := from + x.Shape()[1]
				r = append(r, Slice(dy, from, to))
				from = to
			}
			return r
		},
	}
}

func concatShape(s []engine.Shape) (engine.Shape, error) {
	if err := activation("operand 0", s[0]); err != nil {
		return nil, err
	}
	r := append(engine.Shape{}, s[0]...)
	for i, other := range s[1:] {
		if len(other) != len(r) || other[0] != r[0] || other.Spatial() != r.Spatial() {
			return nil, fmt.Errorf("operand %d of shape %v beside one of %v", i+1, other, s[0])
		}
		r[1] += other[1]
	}
	return r, nil
}

func concatKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	samples, channels, voxels := planes(dst.Shape)
	y, from := engine.Elements[T](dst), 0
	for _, s := range src {
		x, size := engine.Elements[T](s), s.Shape[1]*voxels
		for n := range samples {
			copy(y[n*channels*voxels+from:][:size], x[n*size:])
		}
		from += size
	}
}

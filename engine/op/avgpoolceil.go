package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// AveragePoolCutAttributes describe the gradient of AvgPoolCeil.
type AveragePoolCutAttributes struct {
	PoolAttributes
	// Extent is that of dx per (z, y, x).
	Extent [3]int
}

// AvgPoolCeil is the mean over windows whose stride is the window, in ceil mode: the extent is
// ceil(extent/window), and a window that the border cuts off is averaged over its cells inside
// (architectures.md 7.2). window has one number per spatial axis.
func AvgPoolCeil(x engine.Node, window []int) engine.Node {
	return x.Graph().Apply(averagePoolCutDefinition(poolAttributes(AveragePoolCut, x, window, Ceil)), x)
}

func averagePoolCutDefinition(a PoolAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: AveragePoolCut, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the input", s[0]); err != nil {
				return nil, err
			}
			out, err := a.pooled(s[0].Spatial())
			return s[0].WithSpatial(s[0][1], out), err
		},
		Compute: compute(averagePoolCutKernel[float32](a), averagePoolCutKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			b := AveragePoolCutAttributes{a, in[0].Shape().Spatial()}
			return []engine.Node{dy.Graph().Apply(averagePoolCutGradDefinition(b), dy)}
		},
	}
}

func averagePoolCutGradDefinition(a AveragePoolCutAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: AveragePoolCutGrad, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if out, err := a.pooled(a.Extent); err != nil || out != s[0].Spatial() {
				return nil, fmt.Errorf("gradient %v does not belong to extent %v (%v)", s[0], a.Extent, err)
			}
			return s[0].WithSpatial(s[0][1], a.Extent), nil
		},
		Compute: compute(averagePoolCutGradKernel[float32](a), averagePoolCutGradKernel[float64](a)),
	}
}

// cells calls f for the position of every cell of a window.
func cells(first int, size, in [3]int, f func(i int)) {
	for z := range size[0] {
		for y := range size[1] {
			row := first + (z*in[1]+y)*in[2]
			for i := row; i < row+size[2]; i++ {
				f(i)
			}
		}
	}
}

func averagePoolCutKernel[T engine.Float](a PoolAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		y, x := engine.Elements[T](dst), engine.Elements[T](src[0])
		in, out := src[0].Shape.Spatial(), dst.Shape.Spatial()
		wide, narrow := product(in[:]), product(out[:])
		for plane := range dst.Shape[0] * dst.Shape[1] {
			from, to := x[plane*wide:][:wide], y[plane*narrow:][:narrow]
			a.windows(in, out, func(number, first int, size [3]int) {
				sum := 0.0
				cells(first, size, in, func(i int) { sum += float64(from[i]) })
				to[number] = T(sum / float64(product(size[:])))
			})
		}
	}
}

func averagePoolCutGradKernel[T engine.Float](a AveragePoolCutAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		dx, dy := engine.Elements[T](dst), engine.Elements[T](src[0])
		in, out := dst.Shape.Spatial(), src[0].Shape.Spatial()
		wide, narrow := product(in[:]), product(out[:])
		for plane := range dst.Shape[0] * dst.Shape[1] {
			to, from := dx[plane*wide:][:wide], dy[plane*narrow:][:narrow]
			a.windows(in, out, func(number, first int, size [3]int) {
				share := T(float64(from[number]) / float64(product(size[:])))
				cells(first, size, in, func(i int) { to[i] = share })
			})
		}
	}
}

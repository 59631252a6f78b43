package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// Average pooling and its gradient.
const (
	AveragePool     engine.Kind = "average_pool"      // engine.ConvAttributes: x
	AveragePoolGrad engine.Kind = "average_pool_grad" // engine.ConvAttributes: dy -> dx
	// AveragePoolCut and AveragePoolCutGrad are those of AvgPoolCeil.
	AveragePoolCut     engine.Kind = "average_pool_cut"      // PoolAttributes: x
	AveragePoolCutGrad engine.Kind = "average_pool_cut_grad" // AveragePoolCutAttributes: dy -> dx
)

// AvgPool is the mean over windows without padding:
//
//	y[n,c,o] = 1/|kernel| * sum over k of x[n,c,o*stride+k]
//
// kernel and stride have one number per spatial axis; the extent is floor((extent - kernel)/stride) + 1.
func AvgPool(x engine.Node, kernel, stride []int) engine.Node {
	axes := len(x.Shape()) - 2
	if len(kernel) != axes || len(stride) != axes {
		panic(fmt.Sprintf("%s: kernel %v and stride %v for %d spatial axes", AveragePool, kernel, stride, axes))
	}
	a := engine.ConvAttributes{Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}}
	copy(a.Kernel[3-axes:], kernel)
	copy(a.Stride[3-axes:], stride)
	return x.Graph().Apply(averagePoolDefinition(a), x)
}

func averagePoolDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: AveragePool, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the input", s[0]); err != nil {
				return nil, err
			}
			out, err := narrowed(a, s[0].Spatial())
			return s[0].WithSpatial(s[0][1], out), err
		},
		Compute: compute(averagePoolKernel[float32](a), averagePoolKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			b := a
			b.Extent = in[0].Shape().Spatial()
			return []engine.Node{dy.Graph().Apply(averagePoolGradDefinition(b), dy)}
		},
	}
}

func averagePoolGradDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: AveragePoolGrad, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if out, err := narrowed(a, a.Extent); err != nil || out != s[0].Spatial() {
				return nil, fmt.Errorf("gradient %v does not belong to extent %v (%v)", s[0], a.Extent, err)
			}
			return s[0].WithSpatial(s[0][1], a.Extent), nil
		},
		Compute: compute(averagePoolGradKernel[float32](a), averagePoolGradKernel[float64](a)),
	}
}

// overWindows calls f for every output position of every channel with the positions of its window.
func overWindows(a engine.ConvAttributes, wide, narrow engine.Shape, f func(out, in int)) {
	g := newWindow(a, wide, narrow)
	at := 0
	for plane := range wide[0] * wide[1] {
		base := plane * g.in[0] * g.in[1] * g.in[2]
		for z := range g.out[0] {
			for y := range g.out[1] {
				for x := range g.out[2] {
					for kz := range a.Kernel[0] {
						for ky := range a.Kernel[1] {
							row := base + ((z*a.Stride[0]+kz)*g.in[1]+y*a.Stride[1]+ky)*g.in[2] + x*a.Stride[2]
							for kx := range a.Kernel[2] {
								f(at, row+kx)
							}
						}
					}
					at++
				}
			}
		}
	}
}

func averagePoolKernel[T engine.Float](a engine.ConvAttributes) kernel {
	share := 1 / float64(engine.Shape(a.Kernel[:]).Size())
	return func(dst engine.Array, src []engine.Array) {
		y, x := engine.Elements[T](dst), engine.Elements[T](src[0])
		sums := make([]float64, len(y))
		overWindows(a, src[0].Shape, dst.Shape, func(out, in int) { sums[out] += float64(x[in]) })
		for i, s := range sums {
			y[i] = T(s * share)
		}
	}
}

func averagePoolGradKernel[T engine.Float](a engine.ConvAttributes) kernel {
	share := 1 / float64(engine.Shape(a.Kernel[:]).Size())
	return func(dst engine.Array, src []engine.Array) {
		dx, dy := engine.Elements[T](dst), engine.Elements[T](src[0])
		sums := make([]float64, len(dx))
		overWindows(a, dst.Shape, src[0].Shape, func(out, in int) { sums[in] += float64(dy[out]) * share })
		store(dx, sums)
	}
}

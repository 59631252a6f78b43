package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// ConvTranspose is the adjoint of Conv with respect to its input, plus a bias:
//
//	y[n,c,i] = bias[c] + sum over f and those k, o with i = o*stride+k-pad of x[n,f,o] * w[f,c,k]
//
// x is (batch, in, extent...), w (in, out, kernel...), bias (out) or the zero Node. The result is
// (batch, out, extent'...) with extent' = (extent-1)*stride - 2 pad + kernel. With a kernel equal to
// the stride and no padding it is nnU-Net's exact upsampling.
func ConvTranspose(x, w, bias engine.Node, stride, pad []int) engine.Node {
	d := convTDefinition(convAttributes(engine.ConvT, x, w, stride, pad))
	return apply(x.Graph(), d, x, w, bias)
}

// ConvTransposeGradInput is the gradient of ConvTranspose with respect to x: operands w and dy. It is a
// plain convolution of dy.
func ConvTransposeGradInput(w, dy engine.Node, a engine.ConvAttributes) engine.Node {
	return dy.Graph().Apply(convTGradInputDefinition(a), w, dy)
}

// ConvTransposeGradWeight is the gradient of ConvTranspose with respect to w: operands x and dy.
func ConvTransposeGradWeight(x, dy engine.Node, a engine.ConvAttributes) engine.Node {
	return dy.Graph().Apply(convTGradWeightDefinition(a), x, dy)
}

func convTDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.ConvT, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := checkConv(a, s, 0, 1); err != nil {
				return nil, err
			}
			out, err := widened(a, s[0].Spatial())
			return s[0].WithSpatial(s[1][1], out), err
		},
		Compute: compute(convTKernel[float32](a), convTKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			b := a
			b.Extent = in[0].Shape().Spatial()
			r := []engine.Node{ConvTransposeGradInput(in[1], dy, b), ConvTransposeGradWeight(in[0], dy, a)}
			if len(in) == 3 {
				r = append(r, ChannelSum(dy))
			}
			return r
		},
	}
}

func convTGradInputDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.ConvTGradInput, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := checkOperands(s[1], s[0]); err != nil {
				return nil, err
			}
			wide, err := widened(a, a.Extent)
			if err == nil && (wide != s[1].Spatial() || s[0][1] != s[1][1]) {
				err = fmt.Errorf("gradient %v does not belong to weights %v on extent %v", s[1], s[0], a.Extent)
			}
			return s[1].WithSpatial(s[0][0], a.Extent), err
		},
		Compute: compute(convTGradInputKernel[float32](a), convTGradInputKernel[float64](a)),
	}
}

func convTGradWeightDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.ConvTGradWeight, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := checkOperands(s[0], s[1]); err != nil {
				return nil, err
			}
			wide, err := widened(a, s[0].Spatial())
			if err == nil && (wide != s[1].Spatial() || s[0][0] != s[1][0]) {
				err = fmt.Errorf("gradient %v does not belong to input %v", s[1], s[0])
			}
			w := s[0].WithSpatial(s[1][1], a.Kernel)
			w[0] = s[0][1]
			return w, err
		},
		Compute: compute(convTGradWeightKernel[float32](a), convTGradWeightKernel[float64](a)),
	}
}

func convTKernel[T engine.Float](a engine.ConvAttributes) kernel {
	return func(y engine.Array, src []engine.Array) {
		g := newWindow(a, y.Shape, src[0].Shape)
		spread(&g, engine.Elements[T](y), engine.Elements[T](src[0]), engine.Elements[T](src[1]), optional[T](src, 2))
	}
}

func convTGradInputKernel[T engine.Float](a engine.ConvAttributes) kernel {
	return func(dx engine.Array, src []engine.Array) {
		g := newWindow(a, src[1].Shape, dx.Shape)
		correlate(&g, engine.Elements[T](dx), engine.Elements[T](src[1]), engine.Elements[T](src[0]), nil)
	}
}

func convTGradWeightKernel[T engine.Float](a engine.ConvAttributes) kernel {
	return func(dw engine.Array, src []engine.Array) {
		g := newWindow(a, src[1].Shape, src[0].Shape)
		weigh(&g, engine.Elements[T](dw), engine.Elements[T](src[1]), engine.Elements[T](src[0]))
	}
}

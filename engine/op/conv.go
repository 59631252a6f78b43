package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// Conv is the cross-correlation that deep learning calls convolution, in two or three dimensions:
//
//	y[n,f,o] = bias[f] + sum over c, k of x[n,c,o*stride+k-pad] * w[f,c,k]
//
// with zeros outside x. x is (batch, in, extent...), w (out, in, kernel...), bias (out) or the zero
// Node. stride and pad have one number per spatial axis. The result is (batch, out, extent'...) with
// extent' = floor((extent + 2 pad - kernel)/stride) + 1.
func Conv(x, w, bias engine.Node, stride, pad []int) engine.Node {
	d := convDefinition(convAttributes(engine.Conv, x, w, stride, pad))
	return apply(x.Graph(), d, x, w, bias)
}

// ConvGradInput is the gradient of Conv with respect to x, whose extent is a.Extent: operands w and dy.
func ConvGradInput(w, dy engine.Node, a engine.ConvAttributes) engine.Node {
	return dy.Graph().Apply(convGradInputDefinition(a), w, dy)
}

// ConvGradWeight is the gradient of Conv with respect to w: operands x and dy.
func ConvGradWeight(x, dy engine.Node, a engine.ConvAttributes) engine.Node {
	return dy.Graph().Apply(convGradWeightDefinition(a), x, dy)
}

func convDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.Conv, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := checkConv(a, s, 1, 0); err != nil {
				return nil, err
			}
			out, err := narrowed(a, s[0].Spatial())
			return s[0].WithSpatial(s[1][0], out), err
		},
		Compute: compute(convKernel[float32](a), convKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			b := a
			b.Extent = in[0].Shape().Spatial()
			r := []engine.Node{ConvGradInput(in[1], dy, b), ConvGradWeight(in[0], dy, a)}
			if len(in) == 3 {
				r = append(r, ChannelSum(dy))
			}
			return r
		},
	}
}

func convGradInputDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.ConvGradInput, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := checkOperands(s[1], s[0]); err != nil {
				return nil, err
			}
			out, err := narrowed(a, a.Extent)
			if err == nil && (out != s[1].Spatial() || s[0][0] != s[1][1]) {
				err = fmt.Errorf("gradient %v does not belong to weights %v on extent %v", s[1], s[0], a.Extent)
			}
			return s[1].WithSpatial(s[0][1], a.Extent), err
		},
		Compute: compute(convGradInputKernel[float32](a), convGradInputKernel[float64](a)),
	}
}

func convGradWeightDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.ConvGradWeight, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := checkOperands(s[0], s[1]); err != nil {
				return nil, err
			}
			out, err := narrowed(a, s[0].Spatial())
			if err == nil && (out != s[1].Spatial() || s[0][0] != s[1][0]) {
				err = fmt.Errorf("gradient %v does not belong to input %v", s[1], s[0])
			}
			w := s[0].WithSpatial(s[0][1], a.Kernel)
			w[0] = s[1][1]
			return w, err
		},
		Compute: compute(convGradWeightKernel[float32](a), convGradWeightKernel[float64](a)),
	}
}

func convKernel[T engine.Float](a engine.ConvAttributes) kernel {
	return func(y engine.Array, src []engine.Array) {
		g := newWindow(a, src[0].Shape, y.Shape)
		correlate(&g, engine.Elements[T](y), engine.Elements[T](src[0]), engine.Elements[T](src[1]), optional[T](src, 2))
	}
}

func convGradInputKernel[T engine.Float](a engine.ConvAttributes) kernel {
	return func(dx engine.Array, src []engine.Array) {
		g := newWindow(a, dx.Shape, src[1].Shape)
		spread(&g, engine.Elements[T](dx), engine.Elements[T](src[1]), engine.Elements[T](src[0]), nil)
	}
}

func convGradWeightKernel[T engine.Float](a engine.ConvAttributes) kernel {
	return func(dw engine.Array, src []engine.Array) {
		g := newWindow(a, src[0].Shape, src[1].Shape)
		weigh(&g, engine.Elements[T](dw), engine.Elements[T](src[0]), engine.Elements[T](src[1]))
	}
}

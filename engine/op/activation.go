package op

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/engine"
)

// Activation applies a function to every element, with slope s:
//
//	relu         x > 0: x, else 0
//	leaky_relu   x > 0: x, else s*x
//	elu          x > 0: x, else s*(exp(x) - 1)
//	sigmoid      1/(1 + exp(-x))
//	tanh         tanh(x)
//
// At x = 0 the derivatives of the first three are those of the left side, as in PyTorch.
func Activation(x engine.Node, function string, slope float64) engine.Node {
	return x.Graph().Apply(activationDefinition(engine.ActivationAttributes{Function: function, Slope: slope}), x)
}

// LeakyReLU is Activation with leaky_relu.
func LeakyReLU(x engine.Node, slope float64) engine.Node { return Activation(x, "leaky_relu", slope) }

// ActivationGrad is the gradient of Activation, dx = dy * f'(x), with x the operand of Activation.
func ActivationGrad(x, dy engine.Node, a engine.ActivationAttributes) engine.Node {
	return x.Graph().Apply(activationGradDefinition(a), x, dy)
}

// pointwise is a function and its derivative at x.
type pointwise struct{ value, derivative func(x float64) float64 }

func pointwiseFunction(a engine.ActivationAttributes) (pointwise, error) {
	s := a.Slope
	switch a.Function {
	case "relu":
		return rectifier(0), nil
	case "leaky_relu":
		return rectifier(s), nil
	case "elu":
		return pointwise{
			func(x float64) float64 {
				if x > 0 {
					return x
				}
				return s * math.Expm1(x)
			},
			func(x float64) float64 {
				if x > 0 {
					return 1
				}
				return s * math.Exp(x)
			},
		}, nil
	case "sigmoid":
		return pointwise{sigmoid, func(x float64) float64 { return sigmoid(x) * sigmoid(-x) }}, nil
	case "tanh":
		return pointwise{math.Tanh, func(x float64) float64 { y := math.Tanh(x); return 1 - y*y }}, nil
	}
	return pointwise{}, fmt.Errorf("unknown function %q, want relu, leaky_relu, elu, sigmoid or tanh", a.Function)
}

// rectifier passes NaN on, and with slope 0 turns -Inf into 0.
func rectifier(slope float64) pointwise {
	return pointwise{
		func(x float64) float64 {
			switch {
			case !(x <= 0):
				return x
			case slope == 0:
				return 0
			}
			return slope * x
		},
		func(x float64) float64 {
			if x > 0 {
				return 1
			}
			return slope
		},
	}
}

// sigmoid is 1/(1 + exp(-x)) without overflow on either side.
func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

func activationDefinition(a engine.ActivationAttributes) *engine.Definition {
	f, err := pointwiseFunction(a)
	return &engine.Definition{
		Kind: engine.Activation, Attributes: a,
		Infer:   func(s []engine.Shape) (engine.Shape, error) { return s[0], err },
		Compute: compute(activationKernel[float32](f), activationKernel[float64](f)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{ActivationGrad(in[0], dy, a)}
		},
	}
}

func activationGradDefinition(a engine.ActivationAttributes) *engine.Definition {
	f, err := pointwiseFunction(a)
	return &engine.Definition{
		Kind: engine.ActivationGrad, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], first(err, same("the input", s[0], "the gradient", s[1]))
		},
		Compute: compute(activationGradKernel[float32](f), activationGradKernel[float64](f)),
	}
}

func activationKernel[T engine.Float](f pointwise) kernel {
	return func(dst engine.Array, src []engine.Array) {
		y := engine.Elements[T](dst)
		for i, v := range engine.Elements[T](src[0]) {
			y[i] = T(f.value(float64(v)))
		}
	}
}

func activationGradKernel[T engine.Float](f pointwise) kernel {
	return func(dst engine.Array, src []engine.Array) {
		dx, dy := engine.Elements[T](dst), engine.Elements[T](src[1])
		for i, v := range engine.Elements[T](src[0]) {
			dx[i] = T(f.derivative(float64(v)) * float64(dy[i]))
		}
	}
}

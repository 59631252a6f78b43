package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// InstanceNorm is y = (x - mean)/sqrt(var + epsilon)*gamma + beta with the mean and the biased variance
// over space for every sample and channel; gamma and beta have shape (channel).
func InstanceNorm(x, gamma, beta engine.Node, epsilon float64) engine.Node {
	a := engine.NormAttributes{Epsilon: epsilon}
	return Normalise(x, Moments(x, a), gamma, beta, a)
}

// BatchNorm is InstanceNorm with statistics over batch and space, as in training.
func BatchNorm(x, gamma, beta engine.Node, epsilon float64) engine.Node {
	a := engine.NormAttributes{Epsilon: epsilon, Batch: true}
	return Normalise(x, Moments(x, a), gamma, beta, a)
}

// Normalise is y = (x - mean)*rstd*gamma + beta. Its gradient with respect to x takes for granted that
// moments is Moments(x): it includes the way over the mean and the variance, which is why moments
// itself counts as not differentiable.
func Normalise(x, moments, gamma, beta engine.Node, a engine.NormAttributes) engine.Node {
	return x.Graph().Apply(normaliseDefinition(a), x, moments, gamma, beta)
}

func normaliseDefinition(a engine.NormAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.Normalise, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], checkNorm(a, s[0], s[1], s[2:])
		},
		Compute: compute(normaliseKernel[float32](a), normaliseKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			sums := NormGradSums(in[0], in[1], dy, a)
			return []engine.Node{
				NormGradInput(in[0], in[1], in[2], dy, sums, a), {},
				NormGradAffine(sums, engine.AffineAttributes{}), NormGradAffine(sums, engine.AffineAttributes{Shift: true}),
			}
		},
		Differentiable: []bool{true, false, true, true},
	}
}

// checkNorm says what is wrong with the operands of a norm: the input, its moments, and any number of
// arrays with a number per channel.
func checkNorm(a engine.NormAttributes, x, moments engine.Shape, affine []engine.Shape) error {
	if err := activation("the input", x); err != nil {
		return err
	}
	if want := statistics(a, x); !moments.Equal(want) {
		return fmt.Errorf("moments of shape %v for an input of shape %v, want %v", moments, x, want)
	}
	for _, s := range affine {
		if !s.Equal(engine.Shape{x[1]}) {
			return fmt.Errorf("gamma or beta of shape %v for %d channels", s, x[1])
		}
	}
	return nil
}

func normaliseKernel[T engine.Float](a engine.NormAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		y, x, moments := engine.Elements[T](dst), engine.Elements[T](src[0]), engine.Elements[T](src[1])
		gamma, beta := engine.Elements[T](src[2]), engine.Elements[T](src[3])
		for i, g := range groups(a, dst.Shape) {
			c := i % dst.Shape[1]
			mean, scale, shift := float64(moments[2*i]), float64(moments[2*i+1])*float64(gamma[c]), float64(beta[c])
			for r := range g.runs {
				from := g.first + r*g.step
				out := y[from:][:g.length]
				for j, v := range x[from:][:g.length] {
					out[j] = T((float64(v)-mean)*scale + shift)
				}
			}
		}
	}
}

package op

import (
	"math"

	"github.com/autoseg/autoseg/engine"
)

// The kinds of batch norm with given statistics, beside engine.Normalise.
const (
	FixedMomentsKind       engine.Kind = "fixed_moments"         // engine.NormAttributes: mean, variance -> (1, channel, 2)
	FixedNormGradInputKind engine.Kind = "fixed_norm_grad_input" // engine.NormAttributes: moments, gamma, dy -> dx
)

// FixedNorm is batch norm as in prediction: y = (x - mean)/sqrt(variance + epsilon)*gamma + beta with
// statistics that were gathered in training (Ioffe and Szegedy 2015, algorithm 2). mean and variance, like
// gamma and beta, have shape (channel); they have no gradient.
func FixedNorm(x, mean, variance, gamma, beta engine.Node, epsilon float64) engine.Node {
	a := engine.NormAttributes{Epsilon: epsilon, Batch: true}
	moments := x.Graph().Apply(fixedMomentsDefinition(a), mean, variance)
	return x.Graph().Apply(fixedNormaliseDefinition(a), x, moments, gamma, beta)
}

func fixedMomentsDefinition(a engine.NormAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: FixedMomentsKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := same("the mean", s[0], "the variance", s[1]); err != nil {
				return nil, err
			}
			return engine.Shape{1, s[0].Size(), 2}, nil
		},
		Compute: compute(fixedMomentsKernel[float32](a), fixedMomentsKernel[float64](a)),
	}
}

// fixedNormaliseDefinition is that of Normalise with another gradient: the statistics do not depend on x,
// so dx = dy*gamma*rstd.
func fixedNormaliseDefinition(a engine.NormAttributes) *engine.Definition {
	d := normaliseDefinition(a)
	d.Gradient = func(in []engine.Node, _, dy engine.Node) []engine.Node {
		sums := NormGradSums(in[0], in[1], dy, a)
		return []engine.Node{
			dy.Graph().Apply(fixedNormGradInputDefinition(a), in[1], in[2], dy), {},
			NormGradAffine(sums, engine.AffineAttributes{}), NormGradAffine(sums, engine.AffineAttributes{Shift: true}),
		}
	}
	return d
}

func fixedNormGradInputDefinition(a engine.NormAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: FixedNormGradInputKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[2], checkNorm(a, s[2], s[0], s[1:2])
		},
		Compute: compute(fixedNormGradInputKernel[float32], fixedNormGradInputKernel[float64]),
	}
}

func fixedMomentsKernel[T engine.Float](a engine.NormAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		moments, mean, variance := engine.Elements[T](dst), engine.Elements[T](src[0]), engine.Elements[T](src[1])
		for c, m := range mean {
			moments[2*c], moments[2*c+1] = m, T(1/math.Sqrt(float64(variance[c])+a.Epsilon))
		}
	}
}

func fixedNormGradInputKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	samples, channels, voxels := planes(dst.Shape)
	moments, gamma := engine.Elements[T](src[0]), engine.Elements[T](src[1])
	dx, dy := engine.Elements[T](dst), engine.Elements[T](src[2])
	for plane := range samples * channels {
		c := plane % channels
		scale := float64(gamma[c]) * float64(moments[2*c+1])
		for i, v := range dy[plane*voxels:][:voxels] {
			dx[plane*voxels+i] = T(scale * float64(v))
		}
	}
}

package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// NormGradSums returns, for every group and channel, the sum of dy and the sum of dy*xhat, where xhat =
// (x - mean)*rstd. The shape is that of the moments.
func NormGradSums(x, moments, dy engine.Node, a engine.NormAttributes) engine.Node {
	return x.Graph().Apply(normGradSumsDefinition(a), x, moments, dy)
}

// NormGradInput is the gradient of a norm with respect to its input, over m elements per group:
//
//	dx = gamma*rstd * (dy - sum(dy)/m - xhat*sum(dy*xhat)/m)
//
// (Ioffe and Szegedy 2015, section 3, simplified.)
func NormGradInput(x, moments, gamma, dy, sums engine.Node, a engine.NormAttributes) engine.Node {
	return x.Graph().Apply(normGradInputDefinition(a), x, moments, gamma, dy, sums)
}

// NormGradAffine is the gradient of a norm with respect to gamma or beta: the sums of NormGradSums added
// up over their first axis.
func NormGradAffine(sums engine.Node, a engine.AffineAttributes) engine.Node {
	return sums.Graph().Apply(normGradAffineDefinition(a), sums)
}

func normGradSumsDefinition(a engine.NormAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.NormGradSums, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[1], first(checkNorm(a, s[0], s[1], nil), same("the input", s[0], "its gradient", s[2]))
		},
		Compute: compute(normGradSumsKernel[float32](a), normGradSumsKernel[float64](a)),
	}
}

func normGradInputDefinition(a engine.NormAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.NormGradInput, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], first(checkNorm(a, s[0], s[1], s[2:3]),
				same("the input", s[0], "its gradient", s[3]), same("the moments", s[1], "the sums", s[4]))
		},
		Compute: compute(normGradInputKernel[float32](a), normGradInputKernel[float64](a)),
	}
}

func normGradAffineDefinition(a engine.AffineAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.NormGradAffine, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if len(s[0]) != 3 || s[0][2] != 2 {
				return nil, fmt.Errorf("sums of shape %v, want (group, channel, 2)", s[0])
			}
			return engine.Shape{s[0][1]}, nil
		},
		Compute: compute(normGradAffineKernel[float32](a), normGradAffineKernel[float64](a)),
	}
}

func normGradSumsKernel[T engine.Float](a engine.NormAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		x, moments, dy := engine.Elements[T](src[0]), engine.Elements[T](src[1]), engine.Elements[T](src[2])
		sums := engine.Elements[T](dst)
		for i, g := range groups(a, src[0].Shape) {
			mean, sum, product := float64(moments[2*i]), 0.0, 0.0
			for r := range g.runs {
				from := g.first + r*g.step
				in := x[from:][:g.length]
				for j, d := range dy[from:][:g.length] {
					sum += float64(d)
					product += float64(d) * (float64(in[j]) - mean)
				}
			}
			sums[2*i], sums[2*i+1] = T(sum), T(product*float64(moments[2*i+1]))
		}
	}
}

func normGradInputKernel[T engine.Float](a engine.NormAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		x, moments, gamma := engine.Elements[T](src[0]), engine.Elements[T](src[1]), engine.Elements[T](src[2])
		dy, sums, dx := engine.Elements[T](src[3]), engine.Elements[T](src[4]), engine.Elements[T](dst)
		for i, g := range groups(a, dst.Shape) {
			m, mean, rstd := float64(g.count()), float64(moments[2*i]), float64(moments[2*i+1])
			scale := float64(gamma[i%dst.Shape[1]]) * rstd
			constant, slope := float64(sums[2*i])/m, rstd*float64(sums[2*i+1])/m
			for r := range g.runs {
				from := g.first + r*g.step
				in, out := x[from:][:g.length], dx[from:][:g.length]
				for j, d := range dy[from:][:g.length] {
					out[j] = T(scale * (float64(d) - constant - (float64(in[j])-mean)*slope))
				}
			}
		}
	}
}

func normGradAffineKernel[T engine.Float](a engine.AffineAttributes) kernel {
	which := 1
	if a.Shift {
		which = 0
	}
	return func(dst engine.Array, src []engine.Array) {
		sums, d := engine.Elements[T](src[0]), engine.Elements[T](dst)
		for c := range d {
			sum := 0.0
			for n := range src[0].Shape[0] {
				sum += float64(sums[(n*len(d)+c)*2+which])
			}
			d[c] = T(sum)
		}
	}
}

package op

import (
	"math"

	"github.com/autoseg/autoseg/engine"
)

// Moments returns the statistics that a norm needs, (n, channel, 2): the mean and 1/sqrt(var + epsilon)
// with the biased variance, over space for every sample (instance norm), or over batch and space with
// n = 1 (batch norm). It has no gradient of its own: that of Normalise includes what x changes here.
func Moments(x engine.Node, a engine.NormAttributes) engine.Node {
	return x.Graph().Apply(momentsDefinition(a), x)
}

func momentsDefinition(a engine.NormAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: engine.Moments, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the operand", s[0]); err != nil {
				return nil, err
			}
			return statistics(a, s[0]), nil
		},
		Compute: compute(momentsKernel[float32](a), momentsKernel[float64](a)),
	}
}

// statistics returns the shape of a pair of numbers per group and channel, for an activation of shape x.
func statistics(a engine.NormAttributes, x engine.Shape) engine.Shape {
	if a.Batch {
		return engine.Shape{1, x[1], 2}
	}
	return engine.Shape{x[0], x[1], 2}
}

// group is the elements of one channel that are normalised together: equally long runs in memory.
type group struct{ first, step, runs, length int }

// count returns the number of elements.
func (g group) count() int { return g.runs * g.length }

// groups lists the groups of an activation in the order of their statistics.
func groups(a engine.NormAttributes, x engine.Shape) []group {
	samples, channels, voxels := planes(x)
	var r []group
	if a.Batch {
		for c := range channels {
			r = append(r, group{c * voxels, channels * voxels, samples, voxels})
		}
		return r
	}
	for i := range samples * channels {
		r = append(r, group{i * voxels, 0, 1, voxels})
	}
	return r
}

func momentsKernel[T engine.Float](a engine.NormAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		x, moments := engine.Elements[T](src[0]), engine.Elements[T](dst)
		for i, g := range groups(a, src[0].Shape) {
			mean, rstd := momentsOf(g, x, a.Epsilon)
			moments[2*i], moments[2*i+1] = T(mean), T(rstd)
		}
	}
}

// momentsOf takes two passes, since the sum of squares minus the square of the sum cancels.
func momentsOf[T engine.Float](g group, x []T, epsilon float64) (mean, rstd float64) {
	sum := 0.0
	for r := range g.runs {
		for _, v := range x[g.first+r*g.step:][:g.length] {
			sum += float64(v)
		}
	}
	mean = sum / float64(g.count())
	squares := 0.0
	for r := range g.runs {
		for _, v := range x[g.first+r*g.step:][:g.length] {
			d := float64(v) - mean
			squares += d * d
		}
	}
	return mean, 1 / math.Sqrt(squares/float64(g.count())+epsilon)
}

package op

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/engine"
)

// The kinds of this file, with LossAttributes.
const (
	// SigmoidCrossEntropyKind is the kind of SigmoidCrossEntropy: logits, target -> scalar.
	SigmoidCrossEntropyKind engine.Kind = "sigmoid_cross_entropy"
	// SigmoidCrossEntropyGradKind is its gradient: logits, target, dy -> like logits.
	SigmoidCrossEntropyGradKind engine.Kind = "sigmoid_cross_entropy_grad"
)

// SigmoidCrossEntropy is the mean over batch, regions and voxels of max(z, 0) - z*t + log(1 + exp(-|z|)).
// logits are (batch, region, extent...), target holds 0 and 1 in the same shape, or with one channel
// more, which is 1 where a voxel does not count. In that case the sum over all regions is divided by
// the number of voxels that count (at least 1e-8), not times the regions, as nnU-Net does.
func SigmoidCrossEntropy(logits, target engine.Node, ignoreChannel bool) engine.Node {
	return logits.Graph().Apply(sigmoidCrossEntropyDefinition(LossAttributes{IgnoreChannel: ignoreChannel}), logits, target)
}

func sigmoidCrossEntropyDefinition(a LossAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: SigmoidCrossEntropyKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return engine.Shape{}, regional(s[0], s[1], a.IgnoreChannel)
		},
		Compute: compute(sigmoidCrossEntropyKernel[float32](a), sigmoidCrossEntropyKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{dy.Graph().Apply(sigmoidCrossEntropyGradDefinition(a), in[0], in[1], dy), {}}
		},
		Differentiable: []bool{true, false},
	}
}

func sigmoidCrossEntropyGradDefinition(a LossAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: SigmoidCrossEntropyGradKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], first(regional(s[0], s[1], a.IgnoreChannel), scalar("the gradient", s[2]))
		},
		Compute: compute(sigmoidCrossEntropyGradKernel[float32](a), sigmoidCrossEntropyGradKernel[float64](a)),
	}
}

// regional says what is wrong with logits and a target with a channel per region.
func regional(logits, target engine.Shape, ignoreChannel bool) error {
	if err := activation("logits", logits); err != nil {
		return err
	}
	channels := logits[1]
	if ignoreChannel {
		channels++
	}
	if want := logits.WithSpatial(channels, logits.Spatial()); !target.Equal(want) {
		return fmt.Errorf("target of shape %v for logits of shape %v, want %v", target, logits, want)
	}
	return nil
}

// regions is a target with a channel per region and perhaps one for what does not count.
type regions[T engine.Float] struct {
	data            []T
	count, channels int
	space           int
}

func newRegions[T engine.Float](logits engine.Shape, target engine.Array) *regions[T] {
	_, count, space := planes(logits)
	return &regions[T]{engine.Elements[T](target), count, target.Shape[1], space}
}

// plane returns the values of a sample's channel.
func (r *regions[T]) plane(n, c int) []T {
	return r.data[(n*r.channels+c)*r.space:][:r.space]
}

// mask returns the values of a sample's ignore channel, or nil when everything counts.
func (r *regions[T]) mask(n int) []T {
	if r.channels == r.count {
		return nil
	}
	return r.plane(n, r.count)
}

// divisor returns what the sum of the cross-entropies is divided by.
func (r *regions[T]) divisor() float64 {
	samples := len(r.data) / (r.channels * r.space)
	if r.channels == r.count {
		return float64(len(r.data))
	}
	valid := 0.0
	for n := range samples {
		for _, ignored := range r.mask(n) {
			valid += 1 - float64(ignored)
		}
	}
	return max(valid, 1e-8)
}

// weight returns how much voxel i counts.
func weight[T engine.Float](mask []T, i int) float64 {
	if mask == nil {
		return 1
	}
	return 1 - float64(mask[i])
}

func sigmoidCrossEntropyKernel[T engine.Float](LossAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		z, target := engine.Elements[T](src[0]), newRegions[T](src[0].Shape, src[1])
		samples, channels, space := planes(src[0].Shape)
		sum := 0.0
		for n := range samples {
			mask := target.mask(n)
			for c := range channels {
				t := target.plane(n, c)
				for i, v := range z[(n*channels+c)*space:][:space] {
					x := float64(v)
					sum += weight(mask, i) * (max(x, 0) - x*float64(t[i]) + math.Log1p(math.Exp(-math.Abs(x))))
				}
			}
		}
		engine.Elements[T](dst)[0] = T(sum / target.divisor())
	}
}

// sigmoidCrossEntropyGradKernel: dz = dy/divisor * weight * (sigmoid(z) - t).
func sigmoidCrossEntropyGradKernel[T engine.Float](LossAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		z, target := engine.Elements[T](src[0]), newRegions[T](src[0].Shape, src[1])
		samples, channels, space := planes(src[0].Shape)
		factor := float64(engine.Elements[T](src[2])[0]) / target.divisor()
		for n := range samples {
			mask := target.mask(n)
			for c := range channels {
				t, from := target.plane(n, c), (n*channels+c)*space
				dz := engine.Elements[T](dst)[from:][:space]
				for i, v := range z[from:][:space] {
					dz[i] = T(factor * weight(mask, i) * (sigmoid(float64(v)) - float64(t[i])))
				}
			}
		}
	}
}

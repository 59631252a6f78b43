package block

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// NormLayer adds the builder's normalisation with parameters NAME.weight and NAME.bias, and for batch norm
// NAME.running_mean and NAME.running_var. kind is the kind of the scale, which decides how it starts.
func (b *Builder) NormLayer(name string, x engine.Node, kind Kind) engine.Node {
	if b.Norm.Kind == "none" || b.Norm.Kind == "" {
		return x
	}
	scale, shift := b.affine(name, kind, x)
	switch b.Norm.Kind {
	case "instance":
		return b.Tap(name, op.InstanceNorm(x, scale, shift, b.Norm.Epsilon))
	case "batch":
		return b.Tap(name, b.batchNorm(name, x, scale, shift))
	}
	panic(fmt.Sprintf("block: normalisation %q is not known", b.Norm.Kind))
}

// affine returns scale and shift of a norm: parameters, or one and zero where the plan's norm has none.
func (b *Builder) affine(name string, kind Kind, x engine.Node) (scale, shift engine.Node) {
	c := channels(x)
	if !b.Norm.Affine {
		return b.Graph.Constant(x, engine.Shape{c}, 1), b.Graph.Constant(x, engine.Shape{c}, 0)
	}
	return b.parameter(name+".weight", kind, c), b.parameter(name+".bias", NormShift, c)
}

// batchNorm has its running statistics in both modes, so that both have the same weights.
func (b *Builder) batchNorm(name string, x, scale, shift engine.Node) engine.Node {
	mean := b.parameter(name+".running_mean", RunningMean, channels(x))
	variance := b.parameter(name+".running_var", RunningVariance, channels(x))
	if b.Mode == Evaluation {
		return op.FixedNorm(x, mean, variance, scale, shift, b.Norm.Epsilon)
	}
	a := engine.NormAttributes{Epsilon: b.Norm.Epsilon, Batch: true}
	moments := op.Moments(x, a)
	voxels := engine.Shape(x.Shape()[2:]).Size()
	b.Statistics = append(b.Statistics, Statistic{
		Mean: mean.Name(), Variance: variance.Name(), Moments: moments,
		Voxels: voxels, Count: x.Shape()[0] * voxels, Epsilon: b.Norm.Epsilon,
	})
	return op.Normalise(x, moments, scale, shift, a)
}

// Statistic is a batch norm of a graph for training: what it measures in every step, and the two
// parameters that follow it.
type Statistic struct {
	// Mean and Variance are the names of the running statistics.
	Mean, Variance string
	// Moments is (1, channel, 2), the mean and 1/sqrt(variance + epsilon) of the batch. A training program
	// has it among its outputs.
	Moments engine.Node
	// Voxels is the number of voxels of one sample, Count that of all, which the moments are taken over.
	Voxels, Count int
	Epsilon       float64
}

// momentum is the share of a new batch in the running statistics, PyTorch's default.
const momentum = 0.1

// Follow moves running statistics towards the moments of a batch: r <- 0.9*r + 0.1*new, where the new
// variance is the unbiased one (Ioffe and Szegedy 2015, algorithm 2, as PyTorch does it).
func (s Statistic) Follow(mean, variance, moments []float32) {
	unbiased := float64(s.Count) / float64(max(1, s.Count-1))
	for c := range mean {
		rstd := float64(moments[2*c+1])
		biased := max(0, 1/(rstd*rstd)-s.Epsilon)
		mean[c] = float32((1-momentum)*float64(mean[c]) + momentum*float64(moments[2*c]))
		variance[c] = float32((1-momentum)*float64(variance[c]) + momentum*biased*unbiased)
	}
}

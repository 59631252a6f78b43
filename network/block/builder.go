package block

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/plans"
)

// Mode says what a graph is built for. It changes what batch norm normalises with and whether there is
// dropout, nothing else.
type Mode uint8

// The modes.
const (
	// Evaluation takes the statistics that training gathered.
	Evaluation Mode = iota
	// Training takes the statistics of the batch.
	Training
)

// Parameter is one array of a network that its weights consist of.
type Parameter struct {
	// Name is the name that PyTorch's state dict uses, for example
	// encoder.stages.0.0.convs.0.conv.weight.
	Name string
	Node engine.Node
	// Kind says how the parameter is initialised.
	Kind Kind
}

// Kind is the part that a parameter plays in its layer.
type Kind uint8

// The kinds of parameters.
const (
	ConvWeight  Kind = iota // (out, in, k...)
	ConvTWeight             // (in, out, k...)
	Bias
	NormScale
	NormShift
	// ResidualScale is the scale of the last norm of a residual block; nnU-Net starts it at zero.
	ResidualScale
	// Slope is the slope per channel of a PReLU.
	Slope
	// RunningMean and RunningVariance are what batch norm gathered in training. No gradient changes them.
	RunningMean
	RunningVariance
)

// Trainable reports whether the optimiser changes the parameter.
func (p Parameter) Trainable() bool { return p.Kind != RunningMean && p.Kind != RunningVariance }

// Layer is the named result of a brick.
type Layer struct {
	Name string
	Node engine.Node
}

// Builder adds bricks to a graph and collects their parameters and named values.
type Builder struct {
	Graph      *engine.Graph
	Norm       plans.Norm
	Activation plans.Activation
	// Bias says whether convolutions have one.
	Bias bool
	// Dropout is the probability with which units drop channels in training.
	Dropout float64
	// Mode chooses the statistics of batch norm.
	Mode       Mode
	Parameters []Parameter
	// Statistics are the batch norms of a graph for training.
	Statistics []Statistic
	// Layers are the results of bricks in the order of building, for looking inside a network.
	Layers []Layer
}

// NewBuilder returns a builder with the layer options of an architecture.
func NewBuilder(g *engine.Graph, arch plans.Architecture) *Builder {
	return &Builder{Graph: g, Norm: arch.Norm, Activation: arch.Activation, Bias: arch.Bias, Dropout: arch.Dropout}
}

func (b *Builder) parameter(name string, kind Kind, shape ...int) engine.Node {
	n := b.Graph.Parameter(name, shape)
	b.Parameters = append(b.Parameters, Parameter{name, n, kind})
	return n
}

// Tap records a value under a name, for looking inside a network, and returns it.
func (b *Builder) Tap(name string, n engine.Node) engine.Node {
	b.Layers = append(b.Layers, Layer{name, n})
	return n
}

// channels returns the number of channels of an activation.
func channels(x engine.Node) int { return x.Shape()[1] }

// samePadding returns floor((k-1)/2) per axis, which keeps the extent of odd kernels at stride 1.
func samePadding(kernel []int) []int {
	p := make([]int, len(kernel))
	for i, k := range kernel {
		p[i] = (k - 1) / 2
	}
	return p
}

// Ones returns n ones: the stride of a convolution that keeps its grid.
func Ones(n int) []int {
	r := make([]int, n)
	for i := range r {
		r[i] = 1
	}
	return r
}

// Record runs build and moves the parameters that it made to list, where a network's order of parameters
// is not the order of its layers.
func (b *Builder) Record(list *[]Parameter, build func() engine.Node) engine.Node {
	n := len(b.Parameters)
	r := build()
	*list = append(*list, b.Parameters[n:]...)
	b.Parameters = b.Parameters[:n:n]
	return r
}

// Append puts lists that Record filled behind the parameters so far.
func (b *Builder) Append(lists ...[]Parameter) {
	for _, l := range lists {
		b.Parameters = append(b.Parameters, l...)
	}
}

package network

import (
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/network/unet"
	"github.com/autoseg/autoseg/plans"
)

// Parameter is one array of a network's weights.
type Parameter = block.Parameter

// Statistic is a batch norm of a network built for training.
type Statistic = block.Statistic

// Mode says what a network is built for; see BuildFor.
type Mode = block.Mode

// The modes.
const (
	Evaluation = block.Evaluation
	Training   = block.Training
)

// Layer is the named result of a layer.
type Layer = block.Layer

// Model is a network in a graph.
type Model struct {
	Architecture plans.Architecture
	Input        engine.Node
	// Outputs are the logits of every resolution, finest first.
	Outputs []engine.Node
	// Parameters are in the order in which PyTorch numbers them, which is the order of the optimiser's
	// state in nnU-Net's checkpoints.
	Parameters []Parameter
	// Layers are the named results of all layers, in the order of building.
	Layers []Layer
	// Statistics are the batch norms of a network built for training: whoever trains it reads their
	// moments with every step and lets the running statistics follow.
	Statistics []Statistic
}

// Build adds the network of an architecture to a graph, for evaluation. classes is the number of logits
// per voxel. A shape that the network cannot take is an error that names the axis.
func Build(g *engine.Graph, arch plans.Architecture, input engine.Node, classes int) (*Model, error) {
	return BuildFor(Evaluation, g, arch, input, classes)
}

// BuildFor adds a network for training or evaluation. The two differ where the network has batch norm or
// dropout, and have the same parameters.
func BuildFor(mode Mode, g *engine.Graph, arch plans.Architecture, input engine.Node, classes int) (*Model, error) {
	f, ok := families[arch.Family]
	if !ok {
		return nil, fmt.Errorf("network family %q is not known; known are %s", arch.Family, knownFamilies())
	}
	if err := f.checkInput(arch, input.Shape()); err != nil {
		return nil, fmt.Errorf("network %s: %w", arch.Family, err)
	}
	if err := arch.CheckSupervision(); err != nil {
		return nil, fmt.Errorf("network %s: %w", arch.Family, err)
	}
	m := &Model{Architecture: arch, Input: input}
	err := engine.Build(func() error {
		b := block.NewBuilder(g, arch)
		b.Mode = mode
		m.Outputs = f.build(b, arch, input, classes)
		if !arch.DeepSupervision() {
			m.Outputs = m.Outputs[:1]
		}
		m.Parameters, m.Layers, m.Statistics = b.Parameters, b.Layers, b.Statistics
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("network %s: %w", arch.Family, err)
	}
	return m, nil
}

// Nodes returns the nodes of all parameters, in order.
func (m *Model) Nodes() []engine.Node {
	r := make([]engine.Node, len(m.Parameters))
	for i, p := range m.Parameters {
		r[i] = p.Node
	}
	return r
}

// Layer returns the result of the layer with a name.
func (m *Model) Layer(name string) (engine.Node, bool) {
	for _, l := range m.Layers {
		if l.Name == name {
			return l.Node, true
		}
	}
	return engine.Node{}, false
}

// Count returns the number of trainable numbers.
func (m *Model) Count() int {
	n := 0
	for _, p := range m.Parameters {
		if p.Trainable() {
			n += p.Node.Shape().Size()
		}
	}
	return n
}

// OutputExtent returns the extents of the finest logits for an input's, or says why the network cannot take
// that. They are the input's own for all but an unpadded U-Net.
func OutputExtent(arch plans.Architecture, extent []int) ([]int, error) {
	f, ok := families[arch.Family]
	if !ok {
		return nil, fmt.Errorf("network family %q is not known; known are %s", arch.Family, knownFamilies())
	}
	if err := f.checkInput(arch, append(engine.Shape{1, 1}, extent...)); err != nil {
		return nil, fmt.Errorf("network %s: %w", arch.Family, err)
	}
	if arch.Family == "unet" {
		return unet.Output(arch, extent), nil
	}
	return slices.Clone(extent), nil
}

// Margin returns how many voxels the finest logits are smaller than the input, per axis and side. It is
// zero for all but an unpadded U-Net, whose logits belong to the middle of its input.
func (m *Model) Margin() []int {
	in, out := block.Extent(m.Input), block.Extent(m.Outputs[0])
	r := make([]int, len(in))
	for i, n := range in {
		r[i] = (n - out[i]) / 2
	}
	return r
}

package network

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// Parameter is one trainable array of a network.
type Parameter = block.Parameter

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
}

// Build adds the network of an architecture to a graph. classes is the number of logits per voxel.
// A shape that the network cannot take is an error that names the axis.
func Build(g *engine.Graph, arch plans.Architecture, input engine.Node, classes int) (*Model, error) {
	build, ok := families[arch.Family]
	if !ok {
		return nil, fmt.Errorf("network family %q is not known; known are %s", arch.Family, knownFamilies())
	}
	if err := checkInput(arch, input.Shape()); err != nil {
		return nil, err
	}
	m := &Model{Architecture: arch, Input: input}
	err := engine.Build(func() error {
		b := block.NewBuilder(g, arch)
		m.Outputs = build(b, arch, input, classes)
		m.Parameters, m.Layers = b.Parameters, b.Layers
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("network %s: %w", arch.Family, err)
	}
	return m, nil
}

func checkInput(arch plans.Architecture, shape engine.Shape) error {
	if len(shape) != arch.Dimensions+2 {
		return fmt.Errorf("network %s has %d dimensions, its input has shape %v", arch.Family, arch.Dimensions, shape)
	}
	for i, d := range arch.Divisor() {
		if n := shape[2+i]; n < 1 || n%d != 0 {
			return fmt.Errorf("network %s: the input's extent %d along axis %d is not a multiple of %d, the product of its strides there", arch.Family, n, i, d)
		}
	}
	return nil
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
		n += p.Node.Shape().Size()
	}
	return n
}

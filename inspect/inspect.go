package inspect

import (
	"context"
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/weights"
)

// Network is a network with its weights and what its loss depends on.
type Network struct {
	Architecture plans.Architecture
	// Classes is the number of logits per voxel.
	Classes int
	Weights []weights.Tensor
	// Loss is what Gradients differentiates when it is given targets.
	Loss loss.Loss
	// Dtype is the element type to compute in; float64 needs the ref executor.
	Dtype engine.Dtype
	// Executor runs it.
	Executor engine.Executor
	// Statistics says what batch norm normalises with; the zero value leaves it to the operation.
	Statistics Statistics
}

// Statistics chooses what batch norm normalises with.
type Statistics uint8

// The choices. Left to the operation, Outputs takes the running statistics as prediction does, and
// Gradients those of the batch as training does, except for DeconvNet and where a batch norm sees a single
// number: the statistics of DeconvNet's bottleneck, one cell of every sample, are those of two or three
// numbers, which makes every gradient meaningless.
const (
	Default Statistics = iota
	OfBatch
	Running
)

// build makes the graph for an input of one shape.
func (n *Network) build(mode network.Mode, shape engine.Shape) (*network.Model, error) {
	g := engine.NewGraph(n.Dtype)
	arch := n.Architecture
	arch.Dropout = 0 // what is looked at is the network, not a draw
	return network.BuildFor(mode, g, arch, g.Input("input", shape), n.Classes)
}

// forward builds the network to look at its outputs.
func (n *Network) forward(shape engine.Shape) (*network.Model, error) {
	if n.Statistics == OfBatch {
		return n.build(network.Training, shape)
	}
	return n.build(network.Evaluation, shape)
}

// backward builds the network to look at its gradients.
func (n *Network) backward(shape engine.Shape) (*network.Model, error) {
	if n.Statistics == Running || n.Statistics == Default && n.Architecture.Family == "deconvnet" {
		return n.build(network.Evaluation, shape)
	}
	m, err := n.build(network.Training, shape)
	if err != nil || n.Statistics == OfBatch {
		return m, err
	}
	for _, s := range m.Statistics {
		if s.Count == 1 {
			return n.build(network.Evaluation, shape)
		}
	}
	return m, nil
}

// load gives a program its weights. Every parameter of the network must be among them.
func (n *Network) load(p *engine.Program, m *network.Model) error {
	for _, parameter := range m.Parameters {
		t, err := n.weight(parameter)
		if err != nil {
			return err
		}
		if err := p.Set(parameter.Name, n.array(t.Shape, t.Data)); err != nil {
			return err
		}
	}
	return nil
}

// array widens data to the network's element type.
func (n *Network) array(shape engine.Shape, data []float32) engine.Array {
	if n.Dtype == engine.Float32 {
		return engine.Of32(shape, data)
	}
	a := engine.NewArray(engine.Float64, shape)
	for i, v := range data {
		a.F64[i] = float64(v)
	}
	return a
}

// Outputs runs the network forward and returns the logits of every resolution, finest first, and the
// results of the layers called taps, behind them.
func (n *Network) Outputs(ctx context.Context, shape engine.Shape, input []float32, taps []string) ([]engine.Array, error) {
	m, err := n.forward(shape)
	if err != nil {
		return nil, err
	}
	wanted := append([]engine.Node{}, m.Outputs...)
	for _, name := range taps {
		node, ok := m.Layer(name)
		if !ok {
			return nil, fmt.Errorf("the network has no layer %q; `autoseg network summary` lists them", name)
		}
		wanted = append(wanted, node)
	}
	target := engine.Target{Inputs: []engine.Node{m.Input}, Parameters: m.Nodes(), Outputs: wanted}
	return n.run(ctx, m, target, []engine.Array{n.array(shape, input)})
}

func (n *Network) run(ctx context.Context, m *network.Model, target engine.Target, inputs []engine.Array) ([]engine.Array, error) {
	p, err := engine.Compile(m.Input.Graph(), target, n.Executor)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if err := n.load(p, m); err != nil {
		return nil, err
	}
	outputs := make([]engine.Array, len(target.Outputs))
	for i, s := range p.Outputs() {
		outputs[i] = engine.NewArray(n.Dtype, s)
	}
	return outputs, p.Run(ctx, engine.Moment{}, inputs, outputs)
}

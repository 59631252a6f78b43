package inspect

import (
	"context"
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/network"
)

// InputName is the name under which Gradients returns the gradient of the input.
const InputName = "input"

// Gradients is the result of a backward pass.
type Gradients struct {
	// Loss is the scalar that was differentiated.
	Loss float64
	// Levels are the unweighted losses of the resolutions that have a weight, finest first.
	Levels []float64
	// Names lists the parameters that the loss depends on, in the network's order, and the input.
	Names []string
	// Of holds the gradient of each.
	Of map[string]engine.Array
}

// Sample is what a loss is computed from.
type Sample struct {
	Shape engine.Shape
	Input []float32
	// Targets has one array per resolution, finest first: the deeply supervised loss of the network's
	// Loss is differentiated.
	Targets []engine.Array
	// Cotangent has the shape of the finest logits; when it is set, sum(logits*Cotangent) is
	// differentiated instead.
	Cotangent *engine.Array
}

// Gradients runs the network forward and backward.
func (n *Network) Gradients(ctx context.Context, s Sample) (*Gradients, error) {
	m, err := n.backward(s.Shape)
	if err != nil {
		return nil, err
	}
	var t engine.Target
	var inputs []engine.Array
	var parameters []network.Parameter
	levels := 0
	err = engine.Build(func() error {
		scalar, terms, nodes, err := n.lossNode(m, s)
		if err != nil {
			return err
		}
		levels = len(terms)
		t = engine.Target{Inputs: append([]engine.Node{m.Input}, nodes...), Parameters: m.Nodes(), Outputs: append([]engine.Node{scalar}, terms...)}
		parameters = reached(m, t.Outputs[0])
		wrt := make([]engine.Node, 0, len(parameters)+1)
		for _, p := range parameters {
			wrt = append(wrt, p.Node)
		}
		t.Outputs = append(t.Outputs, m.Input.Graph().Gradients(scalar, append(wrt, m.Input))...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	inputs = append(inputs, n.array(s.Shape, s.Input))
	for _, a := range n.targets(s) {
		inputs = append(inputs, n.array(a.Shape, a.F32))
	}
	out, err := n.run(ctx, m, t, inputs)
	if err != nil {
		return nil, err
	}
	return collect(out, levels, parameters), nil
}

func (n *Network) targets(s Sample) []engine.Array {
	if s.Cotangent != nil {
		return []engine.Array{*s.Cotangent}
	}
	return s.Targets
}

// lossNode adds the scalar to differentiate, its terms, and the inputs that it needs beside the image.
func (n *Network) lossNode(m *network.Model, s Sample) (scalar engine.Node, terms, inputs []engine.Node, err error) {
	g := m.Input.Graph()
	for i, a := range n.targets(s) {
		inputs = append(inputs, g.Input(fmt.Sprintf("target %d", i), a.Shape))
	}
	if s.Cotangent != nil {
		return op.InnerProduct(m.Outputs[0], inputs[0]), nil, inputs, nil
	}
	if len(s.Targets) == 1 {
		// One target supervises the finest resolution alone.
		scalar, terms = loss.DeepSupervision([]float64{1}, n.Loss, m.Outputs[:1], inputs)
		return scalar, terms, inputs, nil
	}
	if len(s.Targets) != len(m.Outputs) {
		return scalar, nil, nil, fmt.Errorf("%d targets for the %d resolutions of the network", len(s.Targets), len(m.Outputs))
	}
	scalar, terms = loss.DeepSupervision(loss.SupervisionWeights(len(m.Outputs)), n.Loss, m.Outputs, inputs)
	return scalar, terms, inputs, nil
}

// reached lists the trainable parameters that a node depends on.
func reached(m *network.Model, from engine.Node) []network.Parameter {
	depends := engine.Dependencies(from)
	var r []network.Parameter
	for _, p := range m.Parameters {
		if p.Trainable() && depends(p.Node) {
			r = append(r, p)
		}
	}
	return r
}

func collect(out []engine.Array, levels int, parameters []network.Parameter) *Gradients {
	r := &Gradients{Loss: value(out[0]), Of: map[string]engine.Array{}}
	for _, a := range out[1 : 1+levels] {
		r.Levels = append(r.Levels, value(a))
	}
	rest := out[1+levels:]
	for i, p := range parameters {
		r.Names = append(r.Names, p.Name)
		r.Of[p.Name] = rest[i]
	}
	r.Names = append(r.Names, InputName)
	r.Of[InputName] = rest[len(parameters)]
	return r
}

func value(a engine.Array) float64 {
	if a.F64 != nil {
		return a.F64[0]
	}
	return float64(a.F32[0])
}

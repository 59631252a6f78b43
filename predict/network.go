package predict

import (
	"context"
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/weights"
)

// forward is a compiled network that predicts one patch at a time: the finest logits of a batch of one.
type forward struct {
	program *engine.Program
	model   *network.Model
	input   engine.Array
	output  engine.Array
}

// newForward compiles the network for patches of one size. size is (z, y, x); a 2D network has z = 1.
func newForward(arch plans.Architecture, channels, classes int, size [3]int, executor engine.Executor) (*forward, error) {
	shape := engine.Shape{1, channels, size[0], size[1], size[2]}
	if arch.Dimensions == 2 {
		shape = engine.Shape{1, channels, size[1], size[2]}
	}
	g := engine.NewGraph(engine.Float32)
	m, err := network.Build(g, arch, g.Input("input", shape), classes)
	if err != nil {
		return nil, err
	}
	target := engine.Target{Inputs: []engine.Node{m.Input}, Parameters: m.Nodes(), Outputs: m.Outputs[:1]}
	p, err := engine.Compile(g, target, executor)
	if err != nil {
		return nil, err
	}
	f := &forward{program: p, model: m, input: engine.NewArray(engine.Float32, shape)}
	f.output = engine.NewArray(engine.Float32, p.Outputs()[0])
	return f, nil
}

// load gives the network a fold's weights. Every parameter must be among them, with its shape.
func (f *forward) load(tensors []weights.Tensor) error {
	byName := map[string]weights.Tensor{}
	for _, t := range tensors {
		byName[t.Name] = t
	}
	for _, p := range f.model.Parameters {
		t, ok := byName[p.Name]
		if !ok {
			return fmt.Errorf("the weights lack %s: they are of another network", p.Name)
		}
		if want := p.Node.Shape(); !want.Equal(t.Shape) {
			return fmt.Errorf("weights %s have shape %v, the plan's network has %v", t.Name, t.Shape, []int(want))
		}
		if err := f.program.Set(p.Name, engine.Of32(t.Shape, t.Data)); err != nil {
			return err
		}
	}
	return nil
}

// run computes f.output from f.input.
func (f *forward) run(ctx context.Context) error {
	return f.program.Run(ctx, engine.Moment{}, []engine.Array{f.input}, []engine.Array{f.output})
}

func (f *forward) close() error { return f.program.Close() }

package pipeline

import (
	"context"
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
)

// measureSpeed times one patch on its way through the network of a configuration, with the weights that
// training starts from. The first pass touches the memory; the second one counts.
func (r *run) measureSpeed(ctx context.Context, c *plans.Configuration) (speed, error) {
	shape := append(engine.Shape{1, r.channels(c)}, c.PatchSize...)
	g := engine.NewGraph(engine.Float32)
	m, err := network.Build(g, c.Architecture, g.Input("input", shape), r.data.Labelling.Heads())
	if err != nil {
		return speed{}, fmt.Errorf("%s: %w", c.Name, err)
	}
	p, err := engine.Compile(g, engine.Target{Inputs: []engine.Node{m.Input}, Parameters: m.Nodes(), Outputs: m.Outputs[:1]}, r.Executor)
	if err != nil {
		return speed{}, fmt.Errorf("%s: %w", c.Name, err)
	}
	defer p.Close()
	first := network.Initialise(m, r.Seed)
	for _, parameter := range m.Parameters {
		if err := p.Set(parameter.Name, engine.Of32(parameter.Node.Shape(), first[parameter.Name])); err != nil {
			return speed{}, err
		}
	}
	input := []engine.Array{engine.NewArray(engine.Float32, shape)}
	output := []engine.Array{engine.NewArray(engine.Float32, p.Outputs()[0])}
	if err := p.Run(ctx, engine.Moment{}, input, output); err != nil {
		return speed{}, err
	}
	start := r.Now()
	if err := p.Run(ctx, engine.Moment{}, input, output); err != nil {
		return speed{}, err
	}
	return speed{forward: max(r.Now().Sub(start), 1)}, nil
}

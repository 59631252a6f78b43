package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/autoseg/autoseg/engine"
)

// benchmark is a graph whose program is to be timed.
type benchmark struct {
	graph  *engine.Graph
	target engine.Target
	draws  []func() float64     // of the inputs, in the order of the target
	values map[string][]float32 // of parameters; others are drawn
	rng    *rand.Rand
}

func newBenchmark() *benchmark {
	return &benchmark{graph: engine.NewGraph(engine.Float32), rng: rand.New(rand.NewPCG(1, 2))}
}

// parameter adds a value that stays in the executor's memory.
func (b *benchmark) parameter(name string, shape engine.Shape) engine.Node {
	n := b.graph.Parameter(name, shape)
	b.target.Parameters = append(b.target.Parameters, n)
	return n
}

// input adds a value that comes from the host in every run; draw makes its elements.
func (b *benchmark) input(name string, shape engine.Shape, draw func() float64) engine.Node {
	b.draws = append(b.draws, draw)
	n := b.graph.Input(name, shape)
	b.target.Inputs = append(b.target.Inputs, n)
	return n
}

// seconds returns the median time of a run, after one that does not count. Outputs stay where they are,
// except for scalars.
func (b *benchmark) seconds(ctx context.Context, executor engine.Executor, runs int) (float64, error) {
	p, err := engine.Compile(b.graph, b.target, executor)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	if err := b.load(p); err != nil {
		return 0, err
	}
	inputs := b.drawInputs()
	outputs := make([]engine.Array, len(b.target.Outputs))
	for i, o := range b.target.Outputs {
		if len(o.Shape()) == 0 {
			outputs[i] = engine.NewArray(engine.Float32, o.Shape())
		}
	}
	var times []float64
	for step := range runs + 1 {
		started := time.Now()
		if err := p.Run(ctx, engine.Moment{Rate: 0.01, Step: step + 1}, inputs, outputs); err != nil {
			return 0, err
		}
		times = append(times, time.Since(started).Seconds())
	}
	times = times[1:]
	slices.Sort(times)
	return times[len(times)/2], nil
}

// drawInputs makes the inputs. Nothing is drawn before the program is known to fit the memory.
func (b *benchmark) drawInputs() []engine.Array {
	var inputs []engine.Array
	for i, n := range b.target.Inputs {
		a := engine.NewArray(engine.Float32, n.Shape())
		for j := range a.F32 {
			a.F32[j] = float32(b.draws[i]())
		}
		inputs = append(inputs, a)
	}
	return inputs
}

func (b *benchmark) load(p *engine.Program) error {
	for _, n := range b.target.Parameters {
		values := b.values[n.Name()]
		if values == nil {
			values = make([]float32, n.Shape().Size())
			for i := range values {
				values[i] = float32(b.rng.NormFloat64())
			}
		}
		if err := p.Set(n.Name(), engine.Of32(n.Shape(), values)); err != nil {
			return fmt.Errorf("load %s: %w", n.Name(), err)
		}
	}
	return nil
}

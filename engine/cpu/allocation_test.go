package cpu

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// TestRunDoesNotAllocate takes training steps of everything but convolutions and counts allocations on
// the Go heap.
func TestRunDoesNotAllocate(t *testing.T) {
	n := &net{graph: engine.NewGraph(engine.Float32), start: map[string][]float32{}, rng: rand.New(rand.NewPCG(5, 6))}
	shape := engine.Shape{2, 16, 5, 6, 41}
	x := n.input("x", shape, n.rng.NormFloat64)
	target := n.input("target", engine.Shape{2, 1, 5, 6, 41}, func() float64 { return float64(n.rng.IntN(32)) })
	unit := func(name string, x engine.Node) engine.Node {
		channels := engine.Shape{x.Shape()[1]}
		return op.LeakyReLU(op.InstanceNorm(x, n.parameter(name+".gamma", channels, 1), n.parameter(name+".beta", channels, 1), 1e-5), 0.01)
	}
	a := unit("a", x)
	b := unit("b", op.Add(a, op.LeakyReLU(x, 0.1)))
	logits := unit("c", op.Concat(a, b))
	loss := op.WeightedSum([]float64{1, 1}, op.SoftmaxCrossEntropy(logits, target, -1), op.SoftDice(logits, target, op.DiceOptions{Epsilon: 1e-5}))
	n.target.Outputs = []engine.Node{loss, logits}
	n.target.Updated, n.target.Gradients = n.target.Parameters, n.graph.Gradients(loss, n.target.Parameters)
	n.target.Rule = engine.Rule{Method: "sgd", Momentum: 0.9, ClipNorm: 1}
	p, err := engine.Compile(n.graph, n.target, open(t, Options{Workers: 2}))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	outputs := n.load(t, p)
	allocations := testing.AllocsPerRun(5, func() {
		if err := p.Run(context.Background(), engine.Moment{Rate: 1e-3, Step: 1}, n.inputs, outputs); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 0 {
		t.Errorf("%v allocations per step", allocations)
	}
}

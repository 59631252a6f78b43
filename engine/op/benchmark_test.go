package op_test

import (
	"context"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
)

// benchmark runs a program on the plain executor and reports voxels of its first input per second.
func benchmark(b *testing.B, g *engine.Graph, target engine.Target, inputs ...engine.Array) {
	b.Helper()
	p, err := engine.Compile(g, target, ref.New(1))
	if err != nil {
		b.Fatal(err)
	}
	voxels := engine.Shape(inputs[0].Shape[2:]).Size() * inputs[0].Shape[0]
	for b.Loop() {
		if err := p.Run(context.Background(), engine.Moment{}, inputs, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(voxels)*float64(b.N)/b.Elapsed().Seconds(), "voxels/s")
}

func BenchmarkDiceAndCrossEntropy(b *testing.B) {
	logits, labels := engine.NewArray(engine.Float32, engine.Shape{2, 3, 16, 24, 16}), engine.NewArray(engine.Float32, engine.Shape{2, 1, 16, 24, 16})
	g := engine.NewGraph(engine.Float32)
	z, y := g.Input("z", logits.Shape), g.Input("y", labels.Shape)
	loss := op.WeightedSum([]float64{1, 1}, op.SoftmaxCrossEntropy(z, y, -1), op.SoftDice(z, y, op.DiceOptions{Epsilon: 1e-5}))
	target := engine.Target{Inputs: []engine.Node{z, y}, Outputs: append(g.Gradients(loss, []engine.Node{z}), loss)}
	benchmark(b, g, target, logits, labels)
}

package op_test

import (
	"context"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
)

// BenchmarkLosses computes a loss and its gradient for a batch of two patches of 40x56x40 with three classes.
func BenchmarkLosses(b *testing.B) {
	for name, loss := range map[string]func(z, y engine.Node) engine.Node{
		"focal": func(z, y engine.Node) engine.Node {
			return op.ModulatedEntropy(z, y, engine.Node{}, op.Modulation{Gamma: 2})
		},
		"topk": func(z, y engine.Node) engine.Node {
			return op.ModulatedEntropy(z, y, engine.Node{}, op.Modulation{Top: 0.1})
		},
		"tversky": func(z, y engine.Node) engine.Node {
			return op.OverlapLoss(op.OverlapSums(op.Softmax(z), y, op.OverlapOptions{}),
				op.Overlap{Ratio: op.TverskyRatio, Smooth: 1e-5, FalsePositives: 0.3, FalseNegatives: 0.7, Power: 1, First: 1})
		},
	} {
		b.Run(name, func(b *testing.B) {
			g := engine.NewGraph(engine.Float32)
			z, y := g.Input("logits", engine.Shape{2, 3, 40, 56, 40}), g.Input("target", engine.Shape{2, 1, 40, 56, 40})
			l := loss(z, y)
			p, err := engine.Compile(g, engine.Target{Inputs: []engine.Node{z, y}, Outputs: append([]engine.Node{l}, g.Gradients(l, []engine.Node{z})...)}, ref.New(1))
			if err != nil {
				b.Fatal(err)
			}
			in := []engine.Array{engine.NewArray(engine.Float32, z.Shape()), engine.NewArray(engine.Float32, y.Shape())}
			for i := range in[0].F32 {
				in[0].F32[i] = float32(i%17)/4 - 2
			}
			for i := range in[1].F32 {
				in[1].F32[i] = float32(i % 3)
			}
			out := []engine.Array{engine.NewArray(engine.Float32, engine.Shape{}), engine.NewArray(engine.Float32, z.Shape())}
			b.SetBytes(4 * int64(len(in[0].F32)))
			for b.Loop() {
				if err := p.Run(context.Background(), engine.Moment{}, in, out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package cpu

import (
	"context"
	"testing"

	"github.com/autoseg/autoseg/engine"
)

// BenchmarkStep is a training step of two levels of nnU-Net's network on the hippocampus patch.
func BenchmarkStep(b *testing.B) {
	s := smallNet{batch: 2, in: 1, features: 32, deep: 64, classes: 3, extent: []int{40, 56, 40}, function: "leaky_relu", slope: 0.01,
		biased: true, rule: engine.Rule{Method: "sgd", Momentum: 0.99, Nesterov: true, WeightDecay: 3e-5, ClipNorm: 12}}
	n := s.build()
	n.target.Outputs = n.target.Outputs[:1]
	for _, level := range levels()[len(levels())-1:] {
		b.Run(level, func(b *testing.B) {
			p, err := engine.Compile(n.graph, n.target, open(b, Options{Level: level}))
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			outputs := n.load(b, p)
			p.StartProfile()
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Run(context.Background(), engine.Moment{Rate: 1e-3, Step: 1}, n.inputs, outputs); err != nil {
					b.Fatal(err)
				}
			}
			for _, l := range p.Profile() {
				b.Logf("%-24s %4d %8.2f ms", l.Kind, l.Count, l.Time.Seconds()*1e3/float64(b.N))
			}
		})
	}
}

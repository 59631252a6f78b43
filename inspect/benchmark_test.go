package inspect

import (
	"context"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/network"
)

// BenchmarkForward times one forward pass of the classic networks at published width; the pair of the
// attention paper is unet_ct_dsv and attention_unet, 0.167 s and 0.179 s there.
func BenchmarkForward(b *testing.B) {
	for _, c := range []struct {
		name   string
		extent []int
	}{{"unet_ct_dsv", []int{32, 64, 64}}, {"attention_unet", []int{32, 64, 64}}, {"vnet", []int{16, 32, 32}}, {"unet", []int{188, 188}}} {
		b.Run(c.name, func(b *testing.B) {
			config, err := network.Published(c.name)
			if err != nil {
				b.Fatal(err)
			}
			executor, err := cpu.New(cpu.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer executor.Close()
			p, input := forwardProgram(b, config, c.extent, executor)
			defer p.Close()
			p.StartProfile()
			for b.Loop() {
				if err := p.Run(context.Background(), engine.Moment{}, []engine.Array{input}, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(engine.Shape(c.extent).Size())*float64(b.N)/b.Elapsed().Seconds(), "voxels/s")
			for _, l := range p.Profile()[:6] {
				b.Logf("%-24s %3d instructions %8.2f ms", l.Kind, l.Count/b.N, l.Time.Seconds()*1e3/float64(b.N))
			}
		})
	}
}

func forwardProgram(b *testing.B, config *network.Config, extent []int, executor engine.Executor) (*engine.Program, engine.Array) {
	arch, err := config.Architecture()
	if err != nil {
		b.Fatal(err)
	}
	g := engine.NewGraph(engine.Float32)
	shape := append(engine.Shape{1, config.InChannels}, extent...)
	m, err := network.Build(g, arch, g.Input("input", shape), config.Classes)
	if err != nil {
		b.Fatal(err)
	}
	p, err := engine.Compile(g, engine.Target{Inputs: []engine.Node{m.Input}, Parameters: m.Nodes(), Outputs: m.Outputs[:1]}, executor)
	if err != nil {
		b.Fatal(err)
	}
	for name, v := range network.Initialise(m, 1) {
		if err := p.Set(name, engine.Array{F32: v}); err != nil {
			b.Fatal(err)
		}
	}
	return p, engine.NewArray(engine.Float32, shape)
}

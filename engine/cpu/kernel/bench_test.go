package kernel

import (
	"math/rand/v2"
	"testing"
)

// benchShapes are the rows of table 1 of the design study.
func benchShapes() []Shape {
	return []Shape{
		conv(2, 32, 32, [3]int{64, 64, 64}, k333, 1, 1),
		conv(2, 64, 64, [3]int{32, 32, 32}, k333, 1, 1),
		conv(2, 128, 128, [3]int{16, 16, 16}, k333, 1, 1),
		conv(2, 256, 256, [3]int{8, 8, 8}, k333, 1, 1),
		conv(2, 320, 320, [3]int{4, 4, 4}, k333, 1, 1),
		conv(2, 32, 32, [3]int{40, 56, 40}, k333, 1, 1),
		conv(2, 32, 64, [3]int{64, 64, 64}, k333, 2, 1),
		conv(2, 32, 32, [3]int{16, 128, 128}, k133, 1, 1),
		conv(12, 32, 32, [3]int{1, 64, 56}, k133, 1, 1),
		conv(2, 64, 32, [3]int{64, 64, 64}, [3]int{2, 2, 2}, 2, 0), // transposed: 32 to 64 backwards
		conv(2, 32, 3, [3]int{64, 64, 64}, k111, 1, 0),
	}
}

// BenchmarkConvolution measures each direction on one worker, per level and method. GF/s are nominal
// operations per CPU second of the process, which does not count time that other processes take.
func BenchmarkConvolution(b *testing.B) {
	for _, s := range benchShapes() {
		for _, l := range levels()[1:] {
			direct := *kernelsOf(l)
			direct.winograd = nil
			benchmarkDirections(b, s, l.String()+"/direct", &direct)
			if UseWinograd(s) {
				benchmarkDirections(b, s, l.String()+"/winograd", kernelsOf(l))
			}
		}
	}
}

// benchBuffers are operands of a convolution.
type benchBuffers struct {
	x, y    Activation
	w, dw   []float32
	scratch []float32
}

func newBenchBuffers(b *testing.B, s Shape) benchBuffers {
	rng := rand.New(rand.NewPCG(1, 2))
	values := func(n int) []float32 {
		v, free := hugePages(n)
		b.Cleanup(free)
		for i := range v {
			v[i] = rng.Float32() - 0.5
		}
		return v
	}
	weights := PackedWeights(s.In, s.Out, s.Taps())
	return benchBuffers{
		x: Activation{values(s.N * s.InputSample()), s.InputSample()},
		y: Activation{values(s.N * s.OutputSample()), s.OutputSample()},
		w: values(weights), dw: values(weights),
	}
}

func benchmarkDirections(b *testing.B, s Shape, name string, k *microkernels) {
	o := newBenchBuffers(b, s)
	forward, gradInput, gradWeight := newForward(s, k, Packed), newGradInput(s, k), newGradWeight(s, k)
	o.scratch = make([]float32, max(forward.Scratch(1), gradInput.Scratch(1), gradWeight.Scratch(1)))
	stats := make([]float32, forward.StatsLen())
	name = s.name() + "/" + name
	b.Run(name+"/forward", func(b *testing.B) {
		gflops(b, s.FLOPs(), func() {
			forward.Run(Call{Dst: o.y, Src: o.x, Weights: o.w, Stats: stats, Scratch: o.scratch, Workers: 1})
		})
	})
	b.Run(name+"/dx", func(b *testing.B) {
		gflops(b, s.FLOPs(), func() {
			gradInput.Run(Call{Dst: o.x, Src: o.y, Weights: o.w, Scratch: o.scratch, Workers: 1})
		})
	})
	b.Run(name+"/dw", func(b *testing.B) {
		gflops(b, s.FLOPs(), func() {
			gradWeight.Run(GradCall{Dst: o.dw, X: o.x, DY: o.y, Scratch: o.scratch, Workers: 1})
		})
	})
}

// BenchmarkPlanar measures first layers.
func BenchmarkPlanar(b *testing.B) {
	for _, in := range []int{1, 4} {
		s := conv(2, in, 32, [3]int{64, 64, 64}, k333, 1, 1)
		for _, l := range levels()[1:] {
			o := newBenchBuffers(b, s)
			forward, grad := NewPlanarForward(s, l), NewPlanarGradWeight(s, l)
			o.scratch = make([]float32, max(forward.Scratch(1), grad.Scratch(1)))
			stats := make([]float32, forward.StatsLen())
			x := Activation{o.x.Data, in * volume(s.Extent)}
			b.Run(s.name()+"/"+l.String()+"/forward", func(b *testing.B) {
				gflops(b, s.FLOPs(), func() {
					forward.Run(Call{Dst: o.y, Src: x, Weights: o.w, Stats: stats, Scratch: o.scratch, Workers: 1})
				})
			})
			b.Run(s.name()+"/"+l.String()+"/dw", func(b *testing.B) {
				gflops(b, s.FLOPs(), func() {
					grad.Run(GradCall{Dst: o.dw, X: x, DY: o.y, Scratch: o.scratch, Workers: 1})
				})
			})
		}
	}
}

// gflops runs f and reports its best rate per CPU second. The best run is the one that caches and memory
// were shared least in.
func gflops(b *testing.B, operations float64, f func()) {
	best := 0.0
	for b.Loop() {
		start := cpuSeconds()
		f()
		best = max(best, operations/(cpuSeconds()-start)/1e9)
	}
	b.ReportMetric(best, "GF/s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkPoints measures forward convolutions whose weights come as points.
func BenchmarkPoints(b *testing.B) {
	for _, s := range benchShapes() {
		if !UseWinograd(s) || !HasHalf() {
			continue
		}
		o := newBenchBuffers(b, s)
		for form, name := range map[Form]string{Packed: "packed", Points: "points", HalfPoints: "bf16"} {
			plan := NewForwardOf(s, AVX512, form)
			w := o.w
			if form != Packed {
				w = make([]float32, PointWeights(Weights{s.In, s.Out, s.Taps()}, form))
			}
			scratch, stats := make([]float32, plan.Scratch(1)), make([]float32, plan.StatsLen())
			b.Run(s.name()+"/"+name, func(b *testing.B) {
				gflops(b, s.FLOPs(), func() {
					plan.Run(Call{Dst: o.y, Src: o.x, Weights: w, Stats: stats, Scratch: scratch, Workers: 1})
				})
			})
		}
	}
}

package kernel

import "testing"

func planarShapes() []Shape {
	return []Shape{
		conv(2, 1, 32, [3]int{4, 5, 17}, k333, 1, 1),
		conv(1, 4, 32, [3]int{4, 5, 30}, k333, 1, 1),
		conv(1, 2, 64, [3]int{1, 5, 6}, k133, 1, 1),
		conv(3, 3, 16, [3]int{1, 9, 33}, k133, 2, 1),
		conv(1, 1, 48, [3]int{3, 1, 1}, k333, 1, 1),
		conv(1, 2, 33, [3]int{4, 6, 2}, k333, 2, 1),
		conv(1, 1, 7, [3]int{5, 4, 9}, [3]int{5, 5, 5}, 1, 2),
		conv(1, 4, 16, [3]int{4, 8, 20}, [3]int{4, 4, 4}, 4, 0),
		conv(2, 3, 24, [3]int{2, 3, 15}, k111, 1, 0),
	}
}

func (f *fixture) planarForward(t *testing.T, l Level, workers int) (y, moments []float32) {
	p := NewPlanarForward(f.Shape, l)
	dst := widen(f.N, f.OutputSample())
	packed := nan(PackedPlanarWeights(f.In, f.Out, f.Taps()))
	PackPlanarWeights(packed, f.w, Weights{f.In, f.Out, f.Taps()})
	stats := nan(p.StatsLen())
	p.Run(Call{Dst: dst, Src: Activation{f.x, f.In * volume(f.Extent)}, Weights: packed, Bias: f.bias,
		Stats: stats, Scratch: nan(p.Scratch(workers)), Workers: workers})
	m := Moments{N: f.N, Channels: f.Out, Partials: p.Partials(), Pixels: volume(f.Output()), Epsilon: 1e-5}
	moments = nan(f.N * f.Out * 2)
	m.Finish(moments, stats)
	return planar(t, dst, f.N, f.Out, f.Output()), moments
}

func (f *fixture) planarGrad(t *testing.T, l Level, workers int) []float32 {
	p := NewPlanarGradWeight(f.Shape, l)
	w := Weights{f.In, f.Out, f.Taps()}
	packed := nan(PackedPlanarWeights(f.In, f.Out, f.Taps()))
	p.Run(GradCall{Dst: packed, X: Activation{f.x, f.In * volume(f.Extent)}, DY: blocked(f.dy, f.N, f.Out, f.Output()),
		Scratch: nan(p.Scratch(workers)), Workers: workers})
	dw, again := make([]float32, len(f.w)), make([]float32, len(packed))
	UnpackPlanarWeights(dw, packed, w)
	PackPlanarWeights(again, dw, w)
	equal(t, "padding of the packed gradient", packed, again)
	return dw
}

func TestPlanarConvolutionAgainstLoops(t *testing.T) {
	for i, s := range planarShapes() {
		t.Run(s.name(), func(t *testing.T) {
			f := newFixture(s, uint64(i))
			y := naiveForward(s, f.x, f.w, f.bias)
			_, dw := naiveGradients(s, f.x, f.w, f.dy)
			for _, l := range levels() {
				gotY, gotMoments := f.planarForward(t, l, 2)
				check(t, l, "y", gotY, y, tolerance)
				if volume(s.Output()) > 8 { // see TestConvolutionAgainstLoops
					check(t, l, "moments", gotMoments, naiveMoments(y, s.N*s.Out, volume(s.Output())), 1e-4)
				}
				check(t, l, "dw", f.planarGrad(t, l, 2), dw, tolerance)
			}
		})
	}
}

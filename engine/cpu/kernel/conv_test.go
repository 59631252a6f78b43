package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// tolerance of float32 sums of up to ten thousand products relative to the largest value.
const tolerance = 1e-5

func levels() []Level {
	var list []Level
	for l := Portable; l <= Detect(); l++ {
		list = append(list, l)
	}
	return list
}

// fixture holds a convolution's operands, planar and blocked. The blocked ones lie inside wider samples
// filled with marks, so that a kernel that leaves its channels is noticed.
type fixture struct {
	Shape
	x, w, bias, dy []float32
	packed         []float32
}

func newFixture(s Shape, seed uint64) *fixture {
	rng := rand.New(rand.NewPCG(seed, 7))
	f := &fixture{Shape: s, x: normal(rng, s.N*s.In*volume(s.Extent)), w: normal(rng, s.In*s.Out*s.Taps()),
		bias: normal(rng, s.Out), dy: normal(rng, s.N*s.Out*volume(s.Output()))}
	f.packed = make([]float32, PackedWeights(s.In, s.Out, s.Taps()))
	PackWeights(f.packed, f.w, Weights{s.In, s.Out, s.Taps()})
	return f
}

const mark = 12345

// widen returns an activation of n samples inside wider ones.
func widen(n, sample int) Activation {
	stride := sample + 48
	a := Activation{make([]float32, n*stride), stride}
	for i := range a.Data {
		a.Data[i] = mark
	}
	return a
}

func blocked(src []float32, n, channels int, extent [3]int) Activation {
	a := widen(n, BlockedSample(channels, extent))
	ToBlocked(a, src, n, channels, volume(extent))
	return a
}

// planar returns an activation's channels and checks its padding and the marks behind each sample.
func planar(t *testing.T, a Activation, n, channels int, extent [3]int) []float32 {
	t.Helper()
	p := volume(extent)
	sample := BlockedSample(channels, extent)
	for s := range n {
		for i, v := range a.Data[s*a.Stride : (s+1)*a.Stride] {
			switch c := i/(p*lanes)*lanes + i%lanes; {
			case i >= sample && v != mark:
				t.Fatalf("sample %d: wrote %g behind its end", s, v)
			case i < sample && c >= channels && v != 0:
				t.Fatalf("sample %d channel %d: padding is %g", s, c, v)
			}
		}
	}
	out := make([]float32, n*channels*p)
	FromBlocked(out, a, n, channels, p)
	return out
}

func nan(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(math.NaN())
	}
	return v
}

func (f *fixture) forward(t *testing.T, l Level, workers int) (y, stats []float32) {
	p := NewForward(f.Shape, l)
	dst := widen(f.N, f.OutputSample())
	stats = nan(p.StatsLen())
	p.Run(Call{Dst: dst, Src: blocked(f.x, f.N, f.In, f.Extent), Weights: f.packed, Bias: f.bias,
		Stats: stats, Scratch: nan(p.Scratch(workers)), Workers: workers})
	m := Moments{N: f.N, Channels: f.Out, Partials: p.Partials(), Pixels: volume(f.Output()), Epsilon: 1e-5}
	moments := nan(f.N * f.Out * 2)
	m.Finish(moments, stats)
	return planar(t, dst, f.N, f.Out, f.Output()), moments
}

func (f *fixture) gradInput(t *testing.T, l Level, workers int) []float32 {
	p := NewGradInput(f.Shape, l)
	dst := widen(f.N, f.InputSample())
	p.Run(Call{Dst: dst, Src: blocked(f.dy, f.N, f.Out, f.Output()), Weights: f.packed,
		Scratch: nan(p.Scratch(workers)), Workers: workers})
	return planar(t, dst, f.N, f.In, f.Extent)
}

func (f *fixture) gradWeight(l Level, workers int) []float32 {
	p := NewGradWeight(f.Shape, l)
	dw := nan(len(f.packed))
	p.Run(GradCall{Dst: dw, X: blocked(f.x, f.N, f.In, f.Extent), DY: blocked(f.dy, f.N, f.Out, f.Output()),
		Scratch: nan(p.Scratch(workers)), Workers: workers})
	return dw
}

func (f *fixture) unpack(t *testing.T, dw []float32) []float32 {
	t.Helper()
	w := Weights{f.In, f.Out, f.Taps()}
	out, again := make([]float32, len(f.w)), make([]float32, len(dw))
	UnpackWeights(out, dw, w)
	PackWeights(again, out, w)
	equal(t, "padding of the packed gradient", dw, again)
	return out
}

func equal(t *testing.T, what string, a, b []float32) {
	t.Helper()
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("%s: element %d is %g and %g", what, i, a[i], b[i])
		}
	}
}

func naiveMoments(y []float64, channels, pixels int) []float64 {
	var out []float64
	for c := range channels {
		var s, q float64
		for _, v := range y[c*pixels : (c+1)*pixels] {
			s, q = s+v, q+v*v
		}
		mean := s / float64(pixels)
		out = append(out, mean, 1/math.Sqrt(max(q/float64(pixels)-mean*mean, 0)+1e-5))
	}
	return out
}

func conv(n, in, out int, extent, kernel [3]int, stride, pad int) Shape {
	s := Shape{N: n, In: in, Out: out, Extent: extent, Kernel: kernel}
	for i, k := range kernel {
		s.Stride[i], s.Pad[i] = stride, pad
		if k == 1 && extent[i] == 1 {
			s.Stride[i] = 1
		}
		if k == 1 {
			s.Pad[i] = 0
		}
	}
	return s
}

func (s Shape) name() string {
	return fmt.Sprintf("%dx%d-%d/%v/k%v/s%v/p%v", s.N, s.In, s.Out, s.Extent, s.Kernel, s.Stride, s.Pad)
}

var (
	k111 = [3]int{1, 1, 1}
	k133 = [3]int{1, 3, 3}
	k333 = [3]int{3, 3, 3}
)

func shapes() []Shape {
	list := []Shape{
		conv(2, 32, 32, [3]int{5, 6, 7}, k333, 1, 1),
		conv(1, 32, 64, [3]int{4, 5, 30}, k333, 1, 1),
		conv(1, 32, 32, [3]int{4, 5, 17}, k133, 1, 1),
		conv(2, 32, 32, [3]int{6, 8, 10}, k333, 2, 1),
		conv(1, 32, 64, [3]int{5, 7, 9}, k333, 2, 1),
		conv(1, 32, 48, [3]int{1, 9, 34}, k133, 2, 1),
		conv(1, 32, 32, [3]int{2, 2, 2}, k333, 1, 1),
		conv(1, 16, 16, [3]int{1, 1, 1}, k333, 1, 1),
		conv(1, 16, 16, [3]int{3, 1, 1}, k333, 2, 1),
		conv(2, 32, 3, [3]int{3, 3, 5}, k111, 1, 0),
		conv(2, 33, 4, [3]int{1, 3, 29}, k111, 1, 0),
		conv(1, 6, 12, [3]int{4, 3, 5}, [3]int{5, 5, 5}, 1, 2),
		conv(1, 8, 24, [3]int{7, 3, 20}, [3]int{7, 7, 7}, 1, 3),
		conv(1, 24, 8, [3]int{2, 3, 2}, [3]int{5, 5, 5}, 2, 2),
		conv(2, 24, 48, [3]int{4, 6, 8}, [3]int{2, 2, 2}, 2, 0),
		conv(1, 48, 33, [3]int{1, 6, 30}, [3]int{1, 2, 2}, 2, 0),
		conv(1, 12, 16, [3]int{4, 8, 12}, [3]int{4, 4, 4}, 4, 0),
		conv(1, 5, 17, [3]int{5, 6, 7}, [3]int{2, 2, 2}, 1, 1),
		conv(1, 16, 16, [3]int{5, 6, 7}, [3]int{4, 4, 4}, 1, 2),
		conv(1, 16, 16, [3]int{5, 6, 7}, k333, 1, 0),
		conv(1, 16, 16, [3]int{5, 7, 11}, k333, 3, 1),
		conv(1, 16, 20, [3]int{5, 7, 11}, k111, 2, 0),
		conv(1, 16, 16, [3]int{2, 2, 2}, [3]int{1, 1, 3}, 1, 3),
		{N: 1, In: 17, Out: 2, Extent: [3]int{2, 3, 4}, Kernel: k111, Stride: k111, Pad: [3]int{1, 1, 1}},
		{N: 1, In: 16, Out: 32, Extent: [3]int{4, 9, 9}, Kernel: [3]int{1, 3, 2}, Stride: [3]int{1, 2, 2}, Pad: [3]int{0, 1, 1}},
	}
	for _, e := range [][3]int{{5, 8, 8}, {4, 9, 31}, {9, 10, 12}, {1, 8, 40}, {2, 11, 10}} { // Winograd
		list = append(list, conv(1, 32, 32, e, k333, 1, 1), conv(1, 33, 48, e, k133, 1, 1))
	}
	list = append(list, conv(1, 64, 48, [3]int{6, 8, 9}, [3]int{5, 3, 3}, 1, 1))
	list[len(list)-1].Pad[0] = 2
	for _, c := range []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 33, 48} {
		list = append(list, conv(1, c, 49-c, [3]int{2, 3, 1 + c}, k333, 1, 1))
	}
	// Sums cut into parts, alone and with rows of two samples.
	list = append(list, conv(3, 320, 33, [3]int{1, 2, 3}, k333, 1, 1), conv(2, 32, 300, [3]int{2, 3, 4}, k333, 1, 1))
	return append(list, conv(1, 320, 16, [3]int{1, 2, 3}, k333, 1, 1), conv(1, 16, 320, [3]int{1, 3, 2}, k333, 1, 1))
}

func TestConvolutionAgainstLoops(t *testing.T) {
	for i, s := range shapes() {
		t.Run(s.name(), func(t *testing.T) {
			f := newFixture(s, uint64(i))
			y := naiveForward(s, f.x, f.w, f.bias)
			moments := naiveMoments(y, s.N*s.Out, volume(s.Output()))
			dx, dw := naiveGradients(s, f.x, f.w, f.dy)
			for _, l := range levels() {
				gotY, gotMoments := f.forward(t, l, 2)
				check(t, l, "y", gotY, y, tolerance)
				// The variance of few pixels loses digits where the mean is far from zero, and so
				// does 1/sqrt(variance + epsilon) of a single pixel.
				if volume(s.Output()) > 8 {
					check(t, l, "moments", gotMoments, moments, 1e-4)
				}
				check(t, l, "dx", f.gradInput(t, l, 2), dx, tolerance)
				check(t, l, "dw", f.unpack(t, f.gradWeight(l, 2)), dw, tolerance)
			}
		})
	}
}

func check(t *testing.T, l Level, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if e := worst(t, got, want); e > tolerance {
		t.Errorf("%v: %s is off by %.2g", l, what, e)
	}
}

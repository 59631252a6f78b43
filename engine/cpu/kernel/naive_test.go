package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The reference loops work on planar arrays, in float64.

func naiveForward(s Shape, x, w, bias []float32) []float64 {
	o := s.Output()
	y := make([]float64, s.N*s.Out*volume(o))
	if bias != nil {
		for i := range y {
			y[i] = float64(bias[i/volume(o)%s.Out])
		}
	}
	s.each(func(xi, wi, yi int) { y[yi] += float64(x[xi]) * float64(w[wi]) })
	return y
}

func naiveGradients(s Shape, x, w, dy []float32) (dx, dw []float64) {
	dx, dw = make([]float64, len(x)), make([]float64, len(w))
	s.each(func(xi, wi, yi int) {
		dx[xi] += float64(w[wi]) * float64(dy[yi])
		dw[wi] += float64(x[xi]) * float64(dy[yi])
	})
	return dx, dw
}

// each calls f with the indices of every product of the convolution.
func (s Shape) each(f func(xi, wi, yi int)) {
	o, t := s.Output(), s.Taps()
	for yi := range s.N * s.Out * volume(o) {
		n, c := yi/volume(o)/s.Out, yi/volume(o)%s.Out
		z, y, x := yi/(o[1]*o[2])%o[0], yi/o[2]%o[1], yi%o[2]
		for k := range t {
			iz := z*s.Stride[0] + k/(s.Kernel[1]*s.Kernel[2]) - s.Pad[0]
			iy := y*s.Stride[1] + k/s.Kernel[2]%s.Kernel[1] - s.Pad[1]
			ix := x*s.Stride[2] + k%s.Kernel[2] - s.Pad[2]
			if iz < 0 || iy < 0 || ix < 0 || iz >= s.Extent[0] || iy >= s.Extent[1] || ix >= s.Extent[2] {
				continue
			}
			for i := range s.In {
				f((((n*s.In+i)*s.Extent[0]+iz)*s.Extent[1]+iy)*s.Extent[2]+ix, (c*s.In+i)*t+k, yi)
			}
		}
	}
}

func normal(rng *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

// worst returns the largest error relative to the largest value.
func worst(t *testing.T, got []float32, want []float64) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	var e, s float64
	for i := range want {
		d := math.Abs(float64(got[i]) - want[i])
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		e, s = max(e, d), max(s, math.Abs(want[i]))
	}
	if s == 0 {
		return e
	}
	return e / s
}

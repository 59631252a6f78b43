package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// runForm computes a forward convolution with weights in a form.
func (f *fixture) runForm(t *testing.T, l Level, form Form, workers int) []float32 {
	t.Helper()
	s, w := f.Shape, Weights{f.In, f.Out, f.Taps()}
	points := make([]float32, PointWeights(w, form))
	PackPoints(points, f.w, w, form, l)
	plan := NewForwardOf(s, l, form)
	y := widen(s.N, s.OutputSample())
	plan.Run(Call{Dst: y, Src: blocked(f.x, s.N, s.In, s.Extent), Weights: points, Bias: f.bias,
		Stats: nan(plan.StatsLen()), Scratch: nan(plan.Scratch(workers)), Workers: workers})
	return planar(t, y, s.N, s.Out, s.Output())
}

func pointShapes() []Shape {
	return []Shape{
		conv(2, 32, 32, [3]int{4, 8, 8}, k333, 1, 1),
		conv(1, 48, 33, [3]int{1, 9, 31}, k133, 1, 1),
		conv(1, 17, 80, [3]int{3, 6, 13}, k333, 1, 1),
		conv(1, 70, 16, [3]int{2, 16, 9}, k333, 1, 1),
	}
}

// TestPoints gives the same bits as weights that are transformed in every run.
func TestPoints(t *testing.T) {
	for _, l := range levels()[1:] {
		for i, s := range pointShapes() {
			s.Pad[0] = s.Kernel[0] / 2
			f := newFixture(s, uint64(i))
			want, _ := f.forward(t, l, 2)
			equal(t, s.name()+" "+l.String(), f.runForm(t, l, Points, 3), want)
		}
	}
}

// TestHalfPoints compares with the same products in float64: points of the input and the weights rounded
// to bfloat16, everything else exact.
func TestHalfPoints(t *testing.T) {
	if !HasHalf() {
		t.Skip("this processor has no AVX512_BF16")
	}
	for i, s := range pointShapes() {
		s.Pad[0] = s.Kernel[0] / 2
		f := newFixture(s, uint64(i))
		got := f.runForm(t, AVX512, HalfPoints, 1)
		check(t, AVX512, s.name()+" in bfloat16", got, naiveHalf(s, f.x, f.w, f.bias), tolerance)
		check(t, AVX512, s.name()+" against float64", got, naiveForward(s, f.x, f.w, f.bias), 2e-2)
		equal(t, s.name()+" workers", f.runForm(t, AVX512, HalfPoints, 3), got)
	}
}

// naiveHalf is Winograd's F(2x2,3x3) over (y, x) with rounded points.
func naiveHalf(s Shape, x, w, bias []float32) []float64 {
	y := make([]float64, s.N*s.Out*volume(s.Extent))
	round := func(v float32) float64 { return float64(math.Float32frombits(uint32(half(v)) << 16)) }
	ext, depth := s.Extent, s.Kernel[0]
	input := func(n, c, z, yy, xx int) float32 {
		if z < 0 || yy < 0 || xx < 0 || z >= ext[0] || yy >= ext[1] || xx >= ext[2] {
			return 0
		}
		return x[(((n*s.In+c)*ext[0]+z)*ext[1]+yy)*ext[2]+xx]
	}
	for n := range s.N {
		for z := range ext[0] {
			for ty := 0; ty < ext[1]; ty += 2 {
				for tx := 0; tx < ext[2]; tx += 2 {
					points := make([][16]float64, s.In*depth)
					for c := range s.In {
						for k := range depth {
							var d [16]float32
							for j := range 16 {
								d[j] = input(n, c, z+k-depth/2, ty+j/4-1, tx+j%4-1)
							}
							for j, v := range inputTransform(d) {
								points[c*depth+k][j] = round(v)
							}
						}
					}
					for o := range s.Out {
						var m [16]float64
						for c := range s.In {
							for k := range depth {
								g := weightTransform(w[(o*s.In+c)*s.Taps()+k*9:][:9])
								for j, v := range g {
									m[j] += points[c*depth+k][j] * round(v)
								}
							}
						}
						r := outputTransform(m)
						for j, v := range r {
							if yy, xx := ty+j/2, tx+j%2; yy < ext[1] && xx < ext[2] {
								y[(((n*s.Out+o)*ext[0]+z)*ext[1]+yy)*ext[2]+xx] = v + float64(bias[o])
							}
						}
					}
				}
			}
		}
	}
	return y
}

func inputTransform(d [16]float32) (p [16]float32) {
	var rows [16]float32
	for c := range 4 {
		rows[c], rows[4+c], rows[8+c], rows[12+c] = d[c]-d[8+c], d[4+c]+d[8+c], d[8+c]-d[4+c], d[4+c]-d[12+c]
	}
	for r := range 4 {
		v := rows[4*r:]
		p[4*r], p[4*r+1], p[4*r+2], p[4*r+3] = v[0]-v[2], v[1]+v[2], v[2]-v[1], v[1]-v[3]
	}
	return p
}

func weightTransform(g []float32) (p [16]float32) {
	middle := func(a, b, c float32) (float32, float32) { return (a + c + b) * 0.5, (a + c - b) * 0.5 }
	var rows [4][3]float32
	for c := range 3 {
		rows[0][c], rows[3][c] = g[c], g[6+c]
		rows[1][c], rows[2][c] = middle(g[c], g[3+c], g[6+c])
	}
	for r, v := range rows {
		p[4*r], p[4*r+3] = v[0], v[2]
		p[4*r+1], p[4*r+2] = middle(v[0], v[1], v[2])
	}
	return p
}

func outputTransform(m [16]float64) (r [4]float64) {
	var rows [2][4]float64
	for c := range 4 {
		rows[0][c], rows[1][c] = m[c]+m[4+c]+m[8+c], m[4+c]-m[8+c]-m[12+c]
	}
	for i, v := range rows {
		r[2*i], r[2*i+1] = v[0]+v[1]+v[2], v[1]-v[2]-v[3]
	}
	return r
}

// TestUnpackPoints finds the weights again, up to the rounding of the form.
func TestUnpackPoints(t *testing.T) {
	for form, tolerance := range map[Form]float64{Points: 1e-6, HalfPoints: 1.2e-2} {
		for _, l := range levels()[1:] {
			w := Weights{In: 19, Out: 37, Taps: 27}
			src := normal(rand.New(rand.NewPCG(3, 4)), w.In*w.Out*w.Taps)
			points, got, want := make([]float32, PointWeights(w, form)), make([]float32, len(src)), make([]float64, len(src))
			PackPoints(points, src, w, form, l)
			UnpackPoints(got, points, w, form)
			for i, v := range src {
				want[i] = float64(v)
			}
			check(t, l, "weights", got, want, tolerance)
		}
	}
}

// TestHalf rounds as VCVTNEPS2BF16 does.
func TestHalf(t *testing.T) {
	for bits, want := range map[uint32]uint16{
		0x3f800000: 0x3f80, 0x3f808000: 0x3f80, 0x3f818000: 0x3f82, 0x3f808001: 0x3f81, 0x7f7fffff: 0x7f80, 0xff800000: 0xff80, 0x7f800001: 0x7fc0,
	} {
		if got := half(math.Float32frombits(bits)); got != want {
			t.Errorf("%#08x rounds to %#04x, want %#04x", bits, got, want)
		}
	}
}

package kernel

import "testing"

// fuzzShape makes a small convolution of fifteen numbers, or says that there is none.
func fuzzShape(b []byte) (Shape, bool) {
	if len(b) < 15 {
		return Shape{}, false
	}
	s := Shape{N: 1 + int(b[0])%2, In: 1 + int(b[1])%49, Out: 1 + int(b[2])%49}
	for i := range 3 {
		s.Extent[i] = 1 + int(b[3+i])%[3]int{5, 7, 37}[i]
		s.Kernel[i] = 1 + int(b[6+i])%7
		s.Stride[i] = 1 + int(b[9+i])%4
		s.Pad[i] = int(b[12+i]) % 5
	}
	return s, s.Validate() == nil && s.FLOPs() < 1e7
}

func FuzzConvolution(f *testing.F) {
	for _, seed := range [][]byte{
		{0, 31, 31, 2, 5, 6, 2, 2, 2, 0, 0, 0, 1, 1, 1},
		{0, 16, 47, 2, 3, 33, 0, 2, 4, 0, 1, 1, 0, 1, 2},
		{0, 2, 3, 4, 6, 14, 6, 6, 6, 2, 3, 1, 4, 4, 4},
		{0, 7, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2},
	} {
		if _, ok := fuzzShape(seed); !ok {
			f.Errorf("seed %v is no convolution to test", seed)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, ok := fuzzShape(b); ok {
			fuzzDirections(t, s, uint64(b[0]))
		}
	})
}

// winogradShape makes a small convolution that UseWinograd accepts, or says that there is none.
func winogradShape(b []byte) (Shape, bool) {
	if len(b) < 7 {
		return Shape{}, false
	}
	s := Shape{N: 1 + int(b[0])%3, In: 16 + int(b[1])%50, Out: 16 + int(b[2])%50,
		Kernel: [3]int{1 + int(b[3])%3*2, 3, 3}, Stride: k111,
		Extent: [3]int{1 + int(b[4])%6, 6 + int(b[5])%14, 6 + int(b[6])%40}}
	s.Pad = [3]int{s.Kernel[0] / 2, 1, 1}
	return s, UseWinograd(s) && s.FLOPs() <= 3e7
}

func FuzzWinograd(f *testing.F) {
	for _, seed := range [][]byte{
		{0, 0, 0, 0, 0, 0, 0},
		{0, 17, 8, 1, 1, 3, 5},
		{0, 40, 3, 2, 2, 5, 2},
	} {
		if _, ok := winogradShape(seed); !ok {
			f.Errorf("seed %v is not computed by Winograd's method", seed)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, ok := winogradShape(b); ok {
			fuzzDirections(t, s, uint64(b[0]))
		}
	})
}

// fuzzDirections compares every level with the reference loops.
func fuzzDirections(t *testing.T, s Shape, seed uint64) {
	c := newFixture(s, seed)
	y := naiveForward(s, c.x, c.w, c.bias)
	dx, dw := naiveGradients(s, c.x, c.w, c.dy)
	for _, l := range levels() {
		gotY, _ := c.forward(t, l, 3)
		check(t, l, "y", gotY, y, tolerance)
		check(t, l, "dx", c.gradInput(t, l, 3), dx, tolerance)
		check(t, l, "dw", c.unpack(t, c.gradWeight(l, 3)), dw, tolerance)
		if s.In <= 4 {
			gotY, _ = c.planarForward(t, l, 3)
			check(t, l, "planar y", gotY, y, tolerance)
			check(t, l, "planar dw", c.planarGrad(t, l, 3), dw, tolerance)
		}
	}
}

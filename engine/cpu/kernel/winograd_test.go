package kernel

import "testing"

func TestUseWinograd(t *testing.T) {
	base := conv(2, 32, 32, [3]int{4, 8, 8}, k333, 1, 1)
	change := func(f func(*Shape)) Shape { s := base; f(&s); return s }
	cases := []struct {
		name  string
		shape Shape
		want  bool
	}{
		{"3x3x3", base, true},
		{"1x3x3", conv(1, 48, 33, [3]int{1, 9, 64}, k133, 1, 1), true},
		{"stride 2", change(func(s *Shape) { s.Stride[0] = 2 }), false},
		{"narrow plane", change(func(s *Shape) { s.Extent[2] = 7 }), false},
		{"narrow even plane", change(func(s *Shape) { s.Extent[1] = 6 }), true},
		{"16 channels", change(func(s *Shape) { s.In, s.Out = 16, 16 }), true},
		{"few channels", change(func(s *Shape) { s.Out = 15 }), false},
		{"5x5 plane", conv(1, 32, 32, [3]int{8, 8, 8}, [3]int{5, 5, 5}, 1, 2), false},
		{"no padding along z", change(func(s *Shape) { s.Pad[0] = 0 }), false},
		{"no padding along x", change(func(s *Shape) { s.Pad[2] = 0 }), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := UseWinograd(c.shape); got != c.want {
				t.Errorf("UseWinograd(%+v) = %v", c.shape, got)
			}
		})
	}
}

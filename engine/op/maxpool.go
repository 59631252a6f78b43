package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// MaxSwitchesKind is the kind of the positions that MaxPool finds.
const MaxSwitchesKind engine.Kind = "max_switches" // PoolAttributes: x -> switches

// Rounding says what a pooling does with cells that do not fill a window.
type Rounding uint8

// The two roundings of an extent that the window does not divide.
const (
	Floor Rounding = iota // they are left out
	Ceil                  // they make a smaller window
)

// PoolAttributes describe a pooling whose stride is its window, per (z, y, x).
type PoolAttributes struct {
	Window   [3]int
	Rounding Rounding
}

// MaxPool returns the largest value of every window and its position, both (batch, channel, extent...).
// A position is the index in C order inside the channel's own plane before pooling; the first of equal
// values wins. Positions are whole numbers as floats, so a plane holds at most 2^24 voxels in float32.
//
// Only values have a gradient: it goes to the winner. window has one number per spatial axis, and is the
// stride as well.
func MaxPool(x engine.Node, window []int, rounding Rounding) (values, switches engine.Node) {
	a := poolAttributes(MaxSwitchesKind, x, window, rounding)
	switches = x.Graph().Apply(maxSwitchesDefinition(a), x)
	return Gather(x, switches), switches
}

func poolAttributes(kind engine.Kind, x engine.Node, window []int, rounding Rounding) PoolAttributes {
	axes := len(x.Shape()) - 2
	if len(window) != axes {
		panic(fmt.Sprintf("%s: window %v for %d spatial axes", kind, window, axes))
	}
	a := PoolAttributes{[3]int{1, 1, 1}, rounding}
	copy(a.Window[3-axes:], window)
	return a
}

// pooled returns the extents behind a pooling.
func (a PoolAttributes) pooled(in [3]int) ([3]int, error) {
	var out [3]int
	for i, w := range a.Window {
		if w < 1 {
			return out, fmt.Errorf("window %v, want at least 1", a.Window)
		}
		if out[i] = in[i] / w; a.Rounding == Ceil {
			out[i] = (in[i] + w - 1) / w
		}
		if out[i] < 1 {
			return out, fmt.Errorf("window %v does not fit into extent %v", a.Window, in)
		}
	}
	return out, nil
}

// exactPositions is the number of voxels whose positions float32 holds exactly.
const exactPositions = 1 << 24

func maxSwitchesDefinition(a PoolAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: MaxSwitchesKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the input", s[0]); err != nil {
				return nil, err
			}
			in := s[0].Spatial()
			if product(in[:]) > exactPositions {
				return nil, fmt.Errorf("a channel of extent %v has more than the %d voxels whose positions a float holds", in, exactPositions)
			}
			out, err := a.pooled(in)
			return s[0].WithSpatial(s[0][1], out), err
		},
		Compute: compute(maxSwitchesKernel[float32](a), maxSwitchesKernel[float64](a)),
	}
}

// windows calls f for every window of one plane with its number and the position of its first cell and
// its extents, cut off at the border.
func (a PoolAttributes) windows(in, out [3]int, f func(number, first int, size [3]int)) {
	number := 0
	for z := range out[0] {
		for y := range out[1] {
			for x := range out[2] {
				at := [3]int{z * a.Window[0], y * a.Window[1], x * a.Window[2]}
				var size [3]int
				for i, w := range a.Window {
					size[i] = min(w, in[i]-at[i])
				}
				f(number, (at[0]*in[1]+at[1])*in[2]+at[2], size)
				number++
			}
		}
	}
}

func maxSwitchesKernel[T engine.Float](a PoolAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		x, switches := engine.Elements[T](src[0]), engine.Elements[T](dst)
		in, out := src[0].Shape.Spatial(), dst.Shape.Spatial()
		wide, narrow := product(in[:]), product(out[:])
		for plane := range dst.Shape[0] * dst.Shape[1] {
			from, to := x[plane*wide:][:wide], switches[plane*narrow:][:narrow]
			a.windows(in, out, func(number, first int, size [3]int) {
				to[number] = T(winner(from, first, size, in))
			})
		}
	}
}

// winner returns the position of the first largest value of a window. NaN wins, as in PyTorch.
func winner[T engine.Float](x []T, first int, size, in [3]int) int {
	best := first
	for z := range size[0] {
		for y := range size[1] {
			row := first + (z*in[1]+y)*in[2]
			for i := row; i < row+size[2]; i++ {
				if x[i] > x[best] || (x[i] != x[i] && x[best] == x[best]) {
					best = i
				}
			}
		}
	}
	return best
}

package op_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/internal/golden"
)

// meetings calls f for every input and output position and kernel position that meet in a convolution,
// straight from i = o*stride + k - pad, without the row arithmetic of the kernels.
func meetings(a engine.ConvAttributes, in, out [3]int, f func(i, o, k [3]int)) {
	over(out, func(o [3]int) {
		over(a.Kernel, func(k [3]int) {
			var i [3]int
			for axis := range i {
				if i[axis] = o[axis]*a.Stride[axis] + k[axis] - a.Pad[axis]; i[axis] < 0 || i[axis] >= in[axis] {
					return
				}
			}
			f(i, o, k)
		})
	})
}

func over(extent [3]int, f func(p [3]int)) {
	for z := range extent[0] {
		for y := range extent[1] {
			for x := range extent[2] {
				f([3]int{z, y, x})
			}
		}
	}
}

// at returns the position of an element of a (first, second, extent...) array.
func at(second int, extent [3]int, a, b int, p [3]int) int {
	return (((a*second+b)*extent[0]+p[0])*extent[1]+p[1])*extent[2] + p[2]
}

// geometry is a convolution from (2, 3, in...) to (2, 4, out...).
type geometry struct {
	engine.ConvAttributes
	in, out [3]int
}

func (g geometry) String() string {
	return fmt.Sprintf("%v -> %v kernel %v stride %v pad %v", g.in, g.out, g.Kernel, g.Stride, g.Pad)
}

func geometries() []geometry {
	return []geometry{
		{engine.ConvAttributes{Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1}, Pad: [3]int{1, 1, 1}}, [3]int{3, 4, 5}, [3]int{3, 4, 5}},
		{engine.ConvAttributes{Kernel: [3]int{1, 3, 3}, Stride: [3]int{1, 2, 2}, Pad: [3]int{0, 1, 1}}, [3]int{2, 5, 6}, [3]int{2, 3, 3}},
		{engine.ConvAttributes{Kernel: [3]int{2, 4, 3}, Stride: [3]int{2, 1, 3}, Pad: [3]int{0, 2, 1}}, [3]int{4, 3, 8}, [3]int{2, 4, 3}},
		{engine.ConvAttributes{Kernel: [3]int{5, 5, 5}, Stride: [3]int{1, 1, 1}, Pad: [3]int{2, 2, 2}}, [3]int{1, 2, 1}, [3]int{1, 2, 1}},
		{engine.ConvAttributes{Kernel: [3]int{1, 1, 1}, Stride: [3]int{2, 2, 2}}, [3]int{3, 3, 4}, [3]int{2, 2, 2}},
		{engine.ConvAttributes{Kernel: [3]int{1, 1, 5}, Stride: [3]int{1, 1, 1}, Pad: [3]int{0, 0, 4}}, [3]int{1, 1, 2}, [3]int{1, 1, 6}},
	}
}

func normal(random *rand.Rand, shape engine.Shape) values {
	v := values{shape, make([]float64, shape.Size())}
	for i := range v.data {
		v.data[i] = random.NormFloat64()
	}
	return v
}

const samples, wide, narrow = 2, 3, 4

// TestConvolutions compares the three loops and the operators made of them with sums over meetings.
func TestConvolutions(t *testing.T) {
	for _, g := range geometries() {
		t.Run(g.String(), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			x := normal(random, append(engine.Shape{samples, wide}, g.in[:]...))
			w := normal(random, append(engine.Shape{narrow, wide}, g.Kernel[:]...))
			y := normal(random, append(engine.Shape{samples, narrow}, g.out[:]...))
			bias := normal(random, engine.Shape{narrow})
			forward, toInput, toWeight := g.direct(x, w, y)
			for i := range forward {
				forward[i] += bias.data[i/(g.out[0]*g.out[1]*g.out[2])%narrow]
			}
			a := g.ConvAttributes
			a.Extent = g.in
			got := run(t, []values{x, w, y, bias}, func(n []engine.Node) []engine.Node {
				stride, pad := g.Stride[:], g.Pad[:]
				return []engine.Node{op.Conv(n[0], n[1], n[3], stride, pad), op.ConvGradInput(n[1], n[2], a), op.ConvGradWeight(n[0], n[2], a)}
			})
			closeTo(t, "conv", got[0], forward)
			closeTo(t, "gradient with respect to the input", got[1], toInput)
			closeTo(t, "gradient with respect to the weights", got[2], toWeight)
			g.transposed(t, w, y)
		})
	}
}

// transposed checks the transposed convolution from y to an extent that may be smaller than in, where
// the stride leaves voxels over that no window touches.
func (g geometry) transposed(t *testing.T, w, y values) {
	t.Helper()
	b := g
	for i := range b.in {
		b.in[i] = (g.out[i]-1)*g.Stride[i] - 2*g.Pad[i] + g.Kernel[i]
	}
	x := normal(rand.New(rand.NewPCG(3, 4)), append(engine.Shape{samples, wide}, b.in[:]...))
	forward, toInput, toWeight := b.direct(x, w, y)
	a := g.ConvAttributes
	a.Extent = g.out
	got := run(t, []values{x, w, y}, func(n []engine.Node) []engine.Node {
		return []engine.Node{
			op.ConvTranspose(n[2], n[1], engine.Node{}, g.Stride[:], g.Pad[:]),
			op.ConvTransposeGradInput(n[1], n[0], a), op.ConvTransposeGradWeight(n[2], n[0], a),
		}
	})
	closeTo(t, "transposed convolution", got[0], toInput)
	closeTo(t, "its gradient with respect to the input", got[1], forward)
	closeTo(t, "its gradient with respect to the weights", got[2], toWeight)
}

// direct returns the convolution of x with w, and the gradients of <conv(x, w), y>.
func (g geometry) direct(x, w, y values) (forward, toInput, toWeight []float64) {
	forward, toInput, toWeight = make([]float64, len(y.data)), make([]float64, len(x.data)), make([]float64, len(w.data))
	for n := range samples {
		for f := range narrow {
			for c := range wide {
				meetings(g.ConvAttributes, g.in, g.out, func(i, o, k [3]int) {
					xi, yi, wi := at(wide, g.in, n, c, i), at(narrow, g.out, n, f, o), at(wide, g.Kernel, f, c, k)
					forward[yi] += x.data[xi] * w.data[wi]
					toInput[xi] += y.data[yi] * w.data[wi]
					toWeight[wi] += x.data[xi] * y.data[yi]
				})
			}
		}
	}
	return forward, toInput, toWeight
}

// closeTo compares sums of at most a few hundred float64 products of size one.
func closeTo(t *testing.T, name string, got, want []float64) {
	t.Helper()
	golden.Close(t, name, got, golden.Array{Shape: []int{len(want)}, Data: want}, 1e-12)
}

func BenchmarkConv(b *testing.B) {
	x, w := engine.NewArray(engine.Float32, engine.Shape{1, 16, 16, 24, 16}), engine.NewArray(engine.Float32, engine.Shape{16, 16, 3, 3, 3})
	g := engine.NewGraph(engine.Float32)
	in, weights := g.Input("x", x.Shape), g.Parameter("w", w.Shape)
	y := op.Conv(in, weights, engine.Node{}, []int{1, 1, 1}, []int{1, 1, 1})
	benchmark(b, g, engine.Target{Inputs: []engine.Node{in}, Parameters: []engine.Node{weights}, Outputs: []engine.Node{y}}, x)
}

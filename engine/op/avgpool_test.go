package op_test

import (
	"math/rand/v2"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// TestAvgPool compares the pooling with means over meetings; the last row of x lies in no window.
func TestAvgPool(t *testing.T) {
	g := geometry{engine.ConvAttributes{Kernel: [3]int{1, 2, 3}, Stride: [3]int{1, 2, 2}}, [3]int{2, 5, 7}, [3]int{2, 2, 3}}
	x := normal(rand.New(rand.NewPCG(1, 2)), append(engine.Shape{samples, wide}, g.in[:]...))
	want := make([]float64, samples*wide*g.out[0]*g.out[1]*g.out[2])
	for n := range samples {
		for c := range wide {
			meetings(g.ConvAttributes, g.in, g.out, func(i, o, _ [3]int) {
				want[at(wide, g.out, n, c, o)] += x.data[at(wide, g.in, n, c, i)] / 6
			})
		}
	}
	got := run(t, []values{x}, func(n []engine.Node) []engine.Node {
		return []engine.Node{op.AvgPool(n[0], g.Kernel[:], g.Stride[:])}
	})
	closeTo(t, "average pooling", got[0], want)
}

package cpu

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
)

// TestConvolutions compares single convolutions in all directions with the plain executor.
func TestConvolutions(t *testing.T) {
	for _, c := range []struct {
		in, out, kernel, stride int
		transposed              bool
	}{
		{1, 32, 3, 1, false}, {3, 20, 3, 2, false}, {16, 16, 1, 1, false}, {32, 48, 3, 1, false},
		{48, 33, 3, 2, false}, {20, 70, 5, 1, false}, {64, 32, 2, 2, true}, {20, 40, 2, 2, true}, {40, 20, 3, 1, true},
	} {
		for _, level := range levels() {
			t.Run(fmt.Sprintf("%+v/%s", c, level), func(t *testing.T) {
				build := func() *net {
					s := smallNet{extent: []int{4, 6, 8}}
					n := &net{graph: engine.NewGraph(engine.Float32), start: map[string][]float32{}, rng: rand.New(rand.NewPCG(1, 2))}
					x := n.input("x", engine.Shape{2, c.in, 4, 6, 8}, n.rng.NormFloat64)
					hidden := op.LeakyReLU(x, 1) // not an input any more
					if c.in < 4 {
						hidden = x
					}
					bias := n.parameter("b", engine.Shape{c.out}, 1)
					var y engine.Node
					if c.transposed {
						y = op.ConvTranspose(hidden, n.parameter("w", append(engine.Shape{c.in, c.out}, s.axes(c.kernel)...), 0.1), bias, s.axes(c.stride), s.axes(0))
					} else {
						y = op.Conv(hidden, n.parameter("w", append(engine.Shape{c.out, c.in}, s.axes(c.kernel)...), 0.1), bias, s.axes(c.stride), s.axes(c.kernel/2))
					}
					cotangent := n.input("dy", y.Shape(), n.rng.NormFloat64)
					loss := op.InnerProduct(y, cotangent)
					gradients := n.graph.Gradients(loss, []engine.Node{x, n.target.Parameters[0], n.target.Parameters[1]})
					n.names = []string{"y", "dx", "db", "dw"}
					n.target.Outputs = append([]engine.Node{y}, gradients...)
					return n
				}
				want := build().run(t, ref.New(2))
				for k, g := range build().run(t, open(t, Options{Workers: 2, Level: level})) {
					if d := difference(g, want[k], want[k]); !(d < 1e-5) {
						t.Errorf("%s: relative difference %.2g", k, d)
					}
				}
			})
		}
	}
}

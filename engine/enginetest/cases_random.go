package enginetest

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// randomCases draw from the moment of the run. Their results are compared like all others: what is drawn
// depends on the moment alone, not on the executor.
func randomCases() []Case {
	var r []Case
	for _, shape := range [][]int{{2, 16, 3, 4, 5}, {1, 5, 2, 3, 3}, {3, 33, 5, 7}, {1, 1, 1, 1}} {
		for _, channels := range []bool{false, true} {
			r = append(r, Case{Name: fmt.Sprintf("dropout %v channels %v", shape, channels), Build: func(b *Builder) engine.Node {
				x := op.Dropout(b.Input(shape...), op.DropoutAttributes{Probability: 0.4, Channels: channels, Stream: "a"})
				return op.Dropout(op.Scale(x, 2), op.DropoutAttributes{Probability: 0.1, Channels: channels, Stream: "b"})
			}})
		}
	}
	return append(r, Case{Name: "unit with dropout", Tolerance: blockTolerance, Build: func(b *Builder) engine.Node {
		w := b.Parameter(0, 0.3, 16, 3, 3, 3)
		y := op.Conv(b.Input(2, 3, 5, 7), w, b.Parameter(0, 1, 16), ones(2), ones(2))
		y = op.Dropout(y, op.DropoutAttributes{Probability: 0.3, Channels: true, Stream: "unit"})
		return op.LeakyReLU(op.InstanceNorm(y, b.Parameter(1, 0.3, 16), b.Parameter(0, 0.5, 16), 1e-5), 0.1)
	}})
}

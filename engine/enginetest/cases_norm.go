package enginetest

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

func norm(b *Builder, x engine.Node, batch bool) engine.Node {
	channels := x.Shape()[1]
	gamma, beta := b.Parameter(1, 0.3, channels), b.Parameter(0, 0.5, channels)
	if batch {
		return op.BatchNorm(x, gamma, beta, 1e-5)
	}
	return op.InstanceNorm(x, gamma, beta, 1e-5)
}

func normCases() []Case {
	shapes := [][]int{
		{1, 1, 3, 4, 5}, {2, 4, 3, 3, 5}, {1, 6, 2, 3, 4}, {2, 16, 3, 4, 5}, {1, 33, 2, 2, 9}, {3, 17, 5, 7}, {2, 12, 4, 4},
		{1, 16, 5, 33, 31}, // beyond one task of an executor that cuts space into pieces
	}
	var r []Case
	for _, shape := range shapes {
		for _, batch := range []bool{false, true} {
			kind := "instance norm"
			if batch {
				kind = "batch norm"
			}
			r = append(r, Case{Name: fmt.Sprintf("%s %v", kind, shape), Build: func(b *Builder) engine.Node {
				return norm(b, b.Input(shape...), batch)
			}})
		}
	}
	return append(r,
		Case{Name: "instance norm of one voxel", Build: func(b *Builder) engine.Node {
			return norm(b, b.Input(2, 16, 1, 1, 1), false)
		}},
		Case{
			Name: "instance norm far from zero",
			// The mean, about 100 times the deviation, is rounded to float32: 100*6e-8, and some as much
			// again from the input's own grid.
			Tolerance: 1e-4,
			Build: func(b *Builder) engine.Node {
				return norm(b, b.Shifted(100, 1, 1, 16, 3, 5, 7), false)
			},
		},
		Case{
			Name:      "instance norm of tiny values", // as far as epsilon counts
			Tolerance: 1e-4,                           // the deviation of 1e-3 amplifies by up to 1/sqrt(1e-6+1e-5)
			Build: func(b *Builder) engine.Node {
				return norm(b, b.Shifted(0, 1e-3, 1, 16, 3, 5, 7), false)
			},
		},
	)
}

func activationCases() []Case {
	var r []Case
	for _, f := range []struct {
		name  string
		slope float64
	}{{"relu", 0}, {"leaky_relu", 0.01}, {"leaky_relu", 0.3}, {"elu", 1}, {"elu", 0.7}, {"sigmoid", 0}, {"tanh", 0}} {
		for _, shape := range [][]int{{1, 1, 1, 1, 3}, {2, 6, 3, 4, 5}, {1, 33, 3, 5}} {
			r = append(r, Case{Name: fmt.Sprintf("%s %v %v", f.name, f.slope, shape), Build: func(b *Builder) engine.Node {
				return op.Activation(b.Input(shape...), f.name, f.slope)
			}})
		}
	}
	return r
}

package enginetest

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// classicCases are the operators of the networks before nnU-Net's: pooling with switches, upsampling
// without parameters, crops, gates.
func classicCases() []Case {
	var r []Case
	r = append(r, switchCases()...)
	r = append(r, upsampleCases()...)
	r = append(r, cropCases()...)
	return append(r, channelwiseCases()...)
}

// switchCases pool, and undo the pooling on other values than those that made the switches.
func switchCases() []Case {
	var r []Case
	for _, c := range []struct {
		shape, window []int
		rounding      op.Rounding
	}{
		{[]int{2, 16, 4, 6, 8}, []int{2, 2, 2}, op.Floor},
		{[]int{1, 5, 3, 5, 7}, []int{1, 2, 3}, op.Floor},
		{[]int{1, 5, 3, 5, 7}, []int{2, 2, 2}, op.Ceil},
		{[]int{2, 3, 5, 7}, []int{2, 2}, op.Ceil},
		{[]int{1, 17, 1, 3}, []int{2, 2}, op.Ceil},
	} {
		name := fmt.Sprintf("%v window %v rounding %d", c.shape, c.window, c.rounding)
		r = append(r,
			Case{Name: "max pool " + name, Build: func(b *Builder) engine.Node {
				y, _ := op.MaxPool(b.Input(c.shape...), c.window, c.rounding)
				return y
			}},
			Case{Name: "unpool " + name, Build: func(b *Builder) engine.Node {
				x := b.Input(c.shape...)
				y, switches := op.MaxPool(x, c.window, c.rounding)
				return op.Add(op.Unpool(op.LeakyReLU(y, 0.1), switches, c.shape[2:]), x)
			}})
		if c.rounding == op.Ceil {
			r = append(r, Case{Name: "average pool " + name, Build: func(b *Builder) engine.Node {
				return op.AvgPoolCeil(b.Input(c.shape...), c.window)
			}})
		}
	}
	return r
}

func upsampleCases() []Case {
	var r []Case
	for _, c := range []struct{ shape, factor []int }{
		{[]int{2, 16, 2, 3, 4}, []int{2, 2, 2}}, {[]int{1, 3, 3, 1, 2}, []int{1, 2, 3}}, {[]int{2, 5, 4, 3}, []int{4, 1}}, {[]int{1, 1, 1, 1}, []int{2, 5}},
	} {
		r = append(r,
			Case{Name: fmt.Sprintf("upsample linear %v by %v", c.shape, c.factor), Build: func(b *Builder) engine.Node {
				return op.UpsampleLinear(b.Input(c.shape...), c.factor)
			}},
			Case{Name: fmt.Sprintf("upsample tent %v by %v", c.shape, c.factor), Build: func(b *Builder) engine.Node {
				var kernel, pad []int
				for _, f := range c.factor {
					kernel, pad = append(kernel, 2*f-f%2), append(pad, f/2)
				}
				return op.UpsampleTent(b.Input(c.shape...), kernel, c.factor, pad)
			}},
			Case{Name: fmt.Sprintf("upsample tent unpadded %v by %v", c.shape, c.factor), Build: func(b *Builder) engine.Node {
				kernel := make([]int, len(c.factor))
				for i, f := range c.factor {
					kernel[i] = 2 * f
				}
				return op.UpsampleTent(b.Input(c.shape...), kernel, c.factor, make([]int, len(kernel)))
			}})
	}
	return r
}

func cropCases() []Case {
	return []Case{
		{Name: "crop 3d", Build: func(b *Builder) engine.Node {
			return op.Crop(op.Scale(b.Input(2, 16, 4, 5, 6), 2), []int{1, 0, 2}, []int{2, 5, 3})
		}},
		{Name: "crop 2d", Build: func(b *Builder) engine.Node { return op.Crop(b.Input(1, 3, 5, 6), []int{4, 3}, []int{1, 3}) }},
		{Name: "pad 3d", Build: func(b *Builder) engine.Node {
			return op.LeakyReLU(op.Pad(b.Input(2, 16, 2, 3, 2), []int{0, 1, 2}, []int{3, 4, 6}), 0.1)
		}},
		{Name: "pad 2d", Build: func(b *Builder) engine.Node { return op.Pad(b.Input(1, 3, 2, 2), []int{2, 0}, []int{5, 2}) }},
	}
}

// channelwiseCases treat channels differently: their slopes, their maximum, their common gate, their
// statistics.
func channelwiseCases() []Case {
	var r []Case
	for _, shape := range [][]int{{1, 1, 1, 1, 3}, {2, 6, 3, 4, 5}, {2, 33, 3, 5}, {1, 16, 2, 3, 4}} {
		r = append(r,
			Case{Name: fmt.Sprintf("prelu %v", shape), Build: func(b *Builder) engine.Node {
				return op.PReLU(b.Input(shape...), b.Parameter(0.25, 0.1, shape[1]))
			}},
			Case{Name: fmt.Sprintf("maxout of 3 to %v", shape), Build: func(b *Builder) engine.Node {
				wide := append([]int{shape[0], 3 * shape[1]}, shape[2:]...)
				return op.Maxout(b.Input(wide...), 3)
			}},
			Case{Name: fmt.Sprintf("gate %v", shape), Build: func(b *Builder) engine.Node {
				one := append([]int{shape[0], 1}, shape[2:]...)
				return op.Gate(b.Input(shape...), op.Activation(b.Input(one...), "sigmoid", 0))
			}},
			Case{Name: fmt.Sprintf("norm with given statistics %v", shape), Build: func(b *Builder) engine.Node {
				return fixedNorm(b, b.Input(shape...))
			}})
	}
	return append(r, Case{Name: "unit with given statistics", Tolerance: blockTolerance, Build: func(b *Builder) engine.Node {
		w := b.Parameter(0, 0.3, 16, 3, 3, 3)
		y := op.Conv(b.Input(2, 3, 5, 7), w, b.Parameter(0, 1, 16), ones(2), ones(2))
		return op.Activation(fixedNorm(b, y), "relu", 0)
	}})
}

// fixedNorm has statistics without gradients, far enough from a variance of zero.
func fixedNorm(b *Builder, x engine.Node) engine.Node {
	c := x.Shape()[1]
	mean := b.add(engine.Shape{c}, true, false, b.random.NormFloat64)
	variance := b.add(engine.Shape{c}, true, false, func() float64 { return 0.5 + b.random.Float64() })
	return op.FixedNorm(x, mean, variance, b.Parameter(1, 0.3, c), b.Parameter(0, 0.5, c), 1e-5)
}

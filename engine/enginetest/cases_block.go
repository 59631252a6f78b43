package enginetest

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// unit is nnU-Net's convolution, instance norm and leaky ReLU.
func unit(b *Builder, x engine.Node, out int, kernel, stride []int) engine.Node {
	in := x.Shape()[1]
	w := b.Parameter(0, 0.3, append([]int{out, in}, kernel...)...)
	y := op.Conv(x, w, b.Parameter(0, 1, out), stride, half(kernel))
	return op.LeakyReLU(norm(b, y, false), 0.01)
}

// up is the transposed convolution and concatenation of a decoder stage.
func up(b *Builder, x, skip engine.Node, stride []int) engine.Node {
	in, out := x.Shape()[1], skip.Shape()[1]
	w := b.Parameter(0, 0.3, append([]int{in, out}, stride...)...)
	y := op.ConvTranspose(x, w, b.Parameter(0, 1, out), stride, make([]int, len(stride)))
	return op.Concat(y, skip)
}

func head(b *Builder, x engine.Node, classes int) engine.Node {
	axes := len(x.Shape()) - 2
	w := b.Parameter(0, 0.5, append([]int{classes, x.Shape()[1]}, ones(axes)...)...)
	return op.Conv(x, w, b.Parameter(0, 1, classes), ones(axes), make([]int, axes))
}

// unet is a plain U-Net of two stages with one unit each and a head per decoder stage.
type unet struct {
	input    []int
	features [2]int
	kernel   []int
	stride   []int
	classes  int
	batch    bool
}

func (u unet) logits(b *Builder) engine.Node {
	x := b.Input(u.input...)
	plain := ones(len(u.stride))
	skip := unit(b, unit(b, x, u.features[0], u.kernel, plain), u.features[0], u.kernel, plain)
	deep := unit(b, unit(b, skip, u.features[1], u.kernel, u.stride), u.features[1], u.kernel, plain)
	return head(b, unit(b, up(b, deep, skip, u.stride), u.features[0], u.kernel, plain), u.classes)
}

func (u unet) loss(b *Builder) engine.Node {
	logits := u.logits(b)
	target := b.Labels(u.classes, append([]int{u.input[0], 1}, u.input[2:]...)...)
	return op.WeightedSum([]float64{1, 1}, op.SoftmaxCrossEntropy(logits, target, -1),
		op.SoftDice(logits, target, op.DiceOptions{Batch: u.batch, Epsilon: 1e-5}))
}

func unets() map[string]unet {
	return map[string]unet{
		"3d":           {input: []int{2, 1, 4, 6, 8}, features: [2]int{16, 32}, kernel: []int{3, 3, 3}, stride: []int{2, 2, 2}, classes: 3},
		"3d odd width": {input: []int{1, 2, 4, 4, 10}, features: [2]int{4, 12}, kernel: []int{3, 3, 3}, stride: []int{2, 2, 2}, classes: 2, batch: true},
		"3d flat":      {input: []int{1, 1, 3, 8, 6}, features: [2]int{6, 16}, kernel: []int{1, 3, 3}, stride: []int{1, 2, 2}, classes: 4},
		"2d":           {input: []int{3, 1, 8, 10}, features: [2]int{16, 33}, kernel: []int{3, 3}, stride: []int{2, 2}, classes: 3},
	}
}

// blockTolerance allows for rounding through five norms in a row, each of which divides by a deviation
// of a few dozen values. It is a tenth of what the goldens of whole networks allow.
const blockTolerance = 1e-4

func blockCases() []Case {
	r := []Case{
		{Name: "unit", Tolerance: blockTolerance, Build: func(b *Builder) engine.Node {
			return unit(b, b.Input(2, 16, 3, 4, 7), 16, []int{3, 3, 3}, ones(3))
		}},
		{Name: "unit whose norm has a second reader", Tolerance: blockTolerance, Build: func(b *Builder) engine.Node {
			x := norm(b, b.Input(1, 16, 3, 4, 7), false)
			return op.Add(op.LeakyReLU(x, 0.01), x)
		}},
		{Name: "activation with two readers", Tolerance: blockTolerance, Build: func(b *Builder) engine.Node {
			y := unit(b, b.Input(1, 4, 3, 4, 7), 16, []int{3, 3, 3}, ones(3))
			return op.Concat(op.Scale(y, 2), unit(b, y, 16, []int{3, 3, 3}, ones(3)))
		}},
		{Name: "residual block", Tolerance: blockTolerance, Build: func(b *Builder) engine.Node {
			x := unit(b, b.Input(2, 1, 4, 5, 6), 16, []int{3, 3, 3}, ones(3))
			y := unit(b, x, 16, []int{3, 3, 3}, ones(3))
			w := b.Parameter(0, 0.3, 16, 16, 3, 3, 3)
			y = norm(b, op.Conv(y, w, engine.Node{}, ones(3), ones(3)), false)
			return op.LeakyReLU(op.Add(y, x), 0.01)
		}},
		{Name: "unit with elu and batch norm", Tolerance: blockTolerance, Build: func(b *Builder) engine.Node {
			w := b.Parameter(0, 0.3, 16, 3, 3, 3)
			y := op.Conv(b.Input(2, 3, 5, 7), w, b.Parameter(0, 1, 16), ones(2), ones(2))
			return op.Activation(norm(b, y, true), "elu", 1)
		}},
		{Name: "convolution that a norm and another read", Tolerance: blockTolerance, Build: func(b *Builder) engine.Node {
			w := b.Parameter(0, 0.3, 16, 3, 3, 3)
			y := op.Conv(b.Input(2, 3, 5, 7), w, b.Parameter(0, 1, 16), ones(2), ones(2))
			return op.Add(norm(b, y, false), y)
		}},
	}
	for _, name := range []string{"3d", "3d odd width", "3d flat", "2d"} {
		u := unets()[name]
		r = append(r,
			Case{Name: "unet logits " + name, Build: u.logits, Tolerance: blockTolerance},
			Case{Name: "unet loss " + name, Build: u.loss, Tolerance: blockTolerance})
	}
	return r
}

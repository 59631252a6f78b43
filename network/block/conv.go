package block

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// Conv adds a convolution with padding floor((k-1)/2). Its parameters are NAME.weight and, with a
// bias, NAME.bias.
func (b *Builder) Conv(name string, x engine.Node, out int, kernel, stride []int, bias bool) engine.Node {
	w := b.parameter(name+".weight", ConvWeight, append([]int{out, channels(x)}, kernel...)...)
	var shift engine.Node
	if bias {
		shift = b.parameter(name+".bias", Bias, out)
	}
	return b.tap(name, op.Conv(x, w, shift, stride, samePadding(kernel)))
}

// NormLayer adds the builder's normalisation with parameters NAME.weight and NAME.bias. kind is the
// kind of the scale, which decides how it starts.
func (b *Builder) NormLayer(name string, x engine.Node, kind Kind) engine.Node {
	if b.Norm.Kind == "none" || b.Norm.Kind == "" {
		return x
	}
	scale := b.parameter(name+".weight", kind, channels(x))
	shift := b.parameter(name+".bias", NormShift, channels(x))
	switch b.Norm.Kind {
	case "instance":
		return b.tap(name, op.InstanceNorm(x, scale, shift, b.Norm.Epsilon))
	case "batch":
		return b.tap(name, op.BatchNorm(x, scale, shift, b.Norm.Epsilon))
	}
	panic(fmt.Sprintf("block: normalisation %q is not known", b.Norm.Kind))
}

// Activate adds the builder's activation function.
func (b *Builder) Activate(x engine.Node) engine.Node {
	return op.Activation(x, b.Activation.Kind, b.Activation.Slope)
}

// ConvNormAct adds a convolution, a norm and an activation: nnU-Net's ConvDropoutNormReLU, with
// parameters NAME.conv.* and NAME.norm.*.
func (b *Builder) ConvNormAct(name string, x engine.Node, out int, kernel, stride []int) engine.Node {
	y := b.Conv(name+".conv", x, out, kernel, stride, b.Bias)
	y = b.NormLayer(name+".norm", y, NormScale)
	return b.tap(name, b.Activate(y))
}

// Stack adds n units of ConvNormAct called NAME.0, NAME.1, ...; the stride sits in the first.
func (b *Builder) Stack(name string, x engine.Node, n, out int, kernel, stride []int) engine.Node {
	for i := range n {
		x = b.ConvNormAct(fmt.Sprintf("%s.%d", name, i), x, out, kernel, stride)
		stride = ones(len(kernel))
	}
	return x
}

// Up adds a transposed convolution with kernel = stride and no padding, which multiplies every extent
// by its stride exactly.
func (b *Builder) Up(name string, x engine.Node, out int, stride []int, bias bool) engine.Node {
	w := b.parameter(name+".weight", ConvTWeight, append([]int{channels(x), out}, stride...)...)
	var shift engine.Node
	if bias {
		shift = b.parameter(name+".bias", Bias, out)
	}
	return b.tap(name, op.ConvTranspose(x, w, shift, stride, make([]int, len(stride))))
}

// Head adds a 1x1 convolution with a bias that turns features into logits.
func (b *Builder) Head(name string, x engine.Node, classes int) engine.Node {
	unit := ones(len(x.Shape()) - 2)
	return b.Conv(name, x, classes, unit, unit, true)
}

package block

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// Shape describes a convolution.
type Shape struct {
	// Out is the number of channels it makes.
	Out    int
	Kernel []int
	// Stride may be nil for ones.
	Stride []int
	// Pad may be nil for floor((k-1)/2), which keeps the extent of odd kernels at stride 1.
	Pad  []int
	Bias BiasRule
}

// BiasRule says whether a convolution has a bias.
type BiasRule uint8

// The rules.
const (
	AsOthers BiasRule = iota // as the builder's Bias says
	Always
	Never
)

// complete fills in what may be left out.
func (s Shape) complete() Shape {
	if s.Stride == nil {
		s.Stride = Ones(len(s.Kernel))
	}
	if s.Pad == nil {
		s.Pad = samePadding(s.Kernel)
	}
	return s
}

// bias adds NAME.bias where the rule asks for it, else it returns the zero Node.
func (b *Builder) bias(name string, s Shape) engine.Node {
	if s.Bias == Never || (s.Bias == AsOthers && !b.Bias) {
		return engine.Node{}
	}
	return b.parameter(name+".bias", Bias, s.Out)
}

// Conv adds a convolution with parameters NAME.weight (out, in, k...) and NAME.bias.
func (b *Builder) Conv(name string, x engine.Node, s Shape) engine.Node {
	s = s.complete()
	w := b.parameter(name+".weight", ConvWeight, append([]int{s.Out, channels(x)}, s.Kernel...)...)
	return b.Tap(name, op.Conv(x, w, b.bias(name, s), s.Stride, s.Pad))
}

// Deconv adds a transposed convolution with parameters NAME.weight (in, out, k...) and NAME.bias.
func (b *Builder) Deconv(name string, x engine.Node, s Shape) engine.Node {
	s = s.complete()
	w := b.parameter(name+".weight", ConvTWeight, append([]int{channels(x), s.Out}, s.Kernel...)...)
	return b.Tap(name, op.ConvTranspose(x, w, b.bias(name, s), s.Stride, s.Pad))
}

// Up adds a transposed convolution with kernel = stride and no padding, which multiplies every extent
// by its stride exactly.
func (b *Builder) Up(name string, x engine.Node, out int, stride []int) engine.Node {
	return b.Deconv(name, x, Shape{Out: out, Kernel: stride, Stride: stride, Pad: make([]int, len(stride))})
}

// Down adds a convolution with kernel = stride and no padding, which divides every extent by its stride.
func (b *Builder) Down(name string, x engine.Node, out int, stride []int) engine.Node {
	return b.Conv(name, x, Shape{Out: out, Kernel: stride, Stride: stride, Pad: make([]int, len(stride))})
}

// Head adds a 1-kernel convolution with a bias, which turns features into logits.
func (b *Builder) Head(name string, x engine.Node, classes int) engine.Node {
	return b.Conv(name, x, Shape{Out: classes, Kernel: Ones(len(x.Shape()) - 2), Bias: Always})
}

// ConvNormAct adds a convolution, a norm and an activation: nnU-Net's ConvDropoutNormReLU, with
// parameters NAME.conv.* and NAME.norm.*. A maxout has that many times the channels in front of it.
func (b *Builder) ConvNormAct(name string, x engine.Node, s Shape) engine.Node {
	s.Out = b.Activation.Width(s.Out)
	y := b.DropChannels(name+".dropout", b.Conv(name+".conv", x, s))
	y = b.NormLayer(name+".norm", y, NormScale)
	return b.Tap(name, b.Activate(name+".nonlin", y))
}

// Stack adds n units of ConvNormAct called NAME.0, NAME.1, ...; the stride sits in the first.
func (b *Builder) Stack(name string, x engine.Node, n int, s Shape) engine.Node {
	for i := range n {
		x = b.ConvNormAct(fmt.Sprintf("%s.%d", name, i), x, s)
		s.Stride = nil
	}
	return x
}

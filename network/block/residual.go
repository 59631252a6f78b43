package block

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// Residual adds nnU-Net's BasicBlockD (nnunet-model.md 1.4): two convolutions with norms, the skip
// added before the last activation. The skip pools where the block has a stride, and projects with a
// 1x1 convolution and a norm where the number of channels changes.
func (b *Builder) Residual(name string, x engine.Node, out int, kernel, stride []int) engine.Node {
	y := b.ConvNormAct(name+".conv1", x, Shape{Out: out, Kernel: kernel, Stride: stride})
	y = b.Conv(name+".conv2.conv", y, Shape{Out: b.Activation.Width(out), Kernel: kernel})
	y = b.NormLayer(name+".conv2.norm", y, ResidualScale)
	return b.Tap(name, b.ActivateSum(name+".nonlin2", y, b.shortcut(name, x, out, stride)))
}

func (b *Builder) shortcut(name string, x engine.Node, out int, stride []int) engine.Node {
	index := ".skip.0"
	for _, s := range stride {
		if s != 1 {
			index = ".skip.1"
		}
	}
	if index == ".skip.1" {
		x = op.AvgPool(x, stride, stride)
	}
	if channels(x) == out {
		return x
	}
	x = b.Conv(name+index+".conv", x, Shape{Out: out, Kernel: Ones(len(stride)), Bias: Never})
	return b.NormLayer(name+index+".norm", x, NormScale)
}

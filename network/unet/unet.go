package unet

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// Names of the options in plans.Architecture.
const (
	// Padding is same (the default) or valid.
	Padding = "padding"
	// UpActivation is true for a ReLU behind every transposed convolution, as in the released Caffe net.
	UpActivation = "up_activation"
)

// Build adds the network to the builder's graph and returns its logits. Check says which inputs it takes.
func Build(b *block.Builder, arch plans.Architecture, input engine.Node, classes int) []engine.Node {
	var skips []engine.Node
	x, dropout := input, b.TakeDropout()
	for s := range arch.Stages() {
		if s > 0 {
			x, _ = op.MaxPool(x, arch.Strides[s], op.Floor)
		}
		x = b.Stack(fmt.Sprintf("enc.%d", s), x, arch.Convolutions[s], shape(arch, s))
		if s >= arch.Stages()-2 { // the two lowest levels, also where they are skipped (architectures.md 4.1)
			x = b.DropElements(fmt.Sprintf("enc.%d.dropout", s), x, dropout)
		}
		skips = append(skips, x)
	}
	var ups, stages, sides []block.Parameter
	var outputs []engine.Node // of coarser stages, finest first
	for j := range arch.Stages() - 1 {
		s := arch.Stages() - 2 - j
		up := b.Record(&ups, func() engine.Node { return up(b, arch, j, x) })
		skip := block.CentreCrop(skips[s], block.Extent(up))
		x = b.Record(&stages, func() engine.Node {
			return b.Stack(fmt.Sprintf("dec.%d", j), op.Concat(skip, up), arch.DecoderConvolutions[j], shape(arch, s))
		})
		if arch.DeepSupervision() && s > 0 {
			outputs = append([]engine.Node{b.Side(&sides, j, x, classes)}, outputs...)
		}
	}
	b.Append(ups, stages, sides)
	return append([]engine.Node{b.Head("score", x, classes)}, outputs...)
}

// shape describes the convolutions of a stage.
func shape(arch plans.Architecture, s int) block.Shape {
	r := block.Shape{Out: arch.Features[s], Kernel: arch.Kernels[s]}
	if unpadded(arch) {
		r.Pad = make([]int, arch.Dimensions)
	}
	return r
}

func unpadded(arch plans.Architecture) bool { return arch.Options[Padding] == "valid" }

// up is the j-th transposed convolution from below.
func up(b *block.Builder, arch plans.Architecture, j int, x engine.Node) engine.Node {
	s := arch.Stages() - 2 - j
	name := fmt.Sprintf("ups.%d", j)
	x = b.Up(name, x, arch.Features[s], arch.Strides[s+1])
	if arch.Options[UpActivation] == true {
		x = b.Tap(name+".act", op.Activation(x, plans.ReLU, 0))
	}
	return x
}

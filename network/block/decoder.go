package block

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/plans"
)

// Side adds the head of decoder stage j, which deep supervision trains beside the finest one, and records
// its parameters: a network has all of them behind its stages.
func (b *Builder) Side(list *[]Parameter, j int, x engine.Node, classes int) engine.Node {
	return b.Record(list, func() engine.Node { return b.Head(fmt.Sprintf("side.%d", j), x, classes) })
}

// UNetDecoder adds nnU-Net's decoder on the encoder's outputs (finest first, the last is the
// bottleneck) and returns the logits of every resolution, finest first (nnunet-model.md 1.5). Per
// stage: transposed convolution, concatenation (upsampled, skip), convolutions, a head.
//
// Parameters come in nnU-Net's order: all stages, then all transposed convolutions, then all heads.
func (b *Builder) UNetDecoder(arch plans.Architecture, skips []engine.Node, classes int) []engine.Node {
	var stages, ups, heads []Parameter
	var logits []engine.Node
	x := skips[len(skips)-1]
	for j := range len(skips) - 1 {
		s := len(skips) - 2 - j
		up := b.Record(&ups, func() engine.Node {
			return b.Up(fmt.Sprintf("decoder.transpconvs.%d", j), x, arch.Features[s], arch.Strides[s+1])
		})
		x = b.Record(&stages, func() engine.Node {
			joined := op.Concat(up, skips[s])
			return b.Stack(fmt.Sprintf("decoder.stages.%d.convs", j), joined, arch.DecoderConvolutions[j], Shape{Out: arch.Features[s], Kernel: arch.Kernels[s]})
		})
		logits = append([]engine.Node{b.Record(&heads, func() engine.Node {
			return b.Head(fmt.Sprintf("decoder.seg_layers.%d", j), x, classes)
		})}, logits...)
	}
	b.Append(stages, ups, heads)
	return logits
}

package block

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/plans"
)

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
		up := b.record(&ups, func() engine.Node {
			return b.Up(fmt.Sprintf("decoder.transpconvs.%d", j), x, arch.Features[s], arch.Strides[s+1], arch.Bias)
		})
		x = b.record(&stages, func() engine.Node {
			joined := op.Concat(up, skips[s])
			return b.Stack(fmt.Sprintf("decoder.stages.%d.convs", j), joined, arch.DecoderConvolutions[j], arch.Features[s], arch.Kernels[s], ones(arch.Dimensions))
		})
		logits = append([]engine.Node{b.record(&heads, func() engine.Node {
			return b.Head(fmt.Sprintf("decoder.seg_layers.%d", j), x, classes)
		})}, logits...)
	}
	b.Parameters = append(append(append(b.Parameters, stages...), ups...), heads...)
	return logits
}

// record runs build and moves the parameters that it made to list.
func (b *Builder) record(list *[]Parameter, build func() engine.Node) engine.Node {
	n := len(b.Parameters)
	r := build()
	*list = append(*list, b.Parameters[n:]...)
	b.Parameters = b.Parameters[:n:n]
	return r
}

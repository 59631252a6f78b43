package residual

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// Build adds the network to the builder's graph and returns the logits of every resolution, finest
// first. It panics when the input's extent is not divisible by the product of the strides.
func Build(b *block.Builder, arch plans.Architecture, input engine.Node, classes int) []engine.Node {
	x := b.ConvNormAct("encoder.stem.convs.0", input, block.Shape{Out: arch.Features[0], Kernel: arch.Kernels[0], Stride: arch.Strides[0]})
	var skips []engine.Node
	for s := range arch.Stages() {
		stride := arch.Strides[s]
		for i := range arch.Convolutions[s] {
			x = b.Residual(fmt.Sprintf("encoder.stages.%d.blocks.%d", s, i), x, arch.Features[s], arch.Kernels[s], stride)
			stride = block.Ones(arch.Dimensions)
		}
		skips = append(skips, x)
	}
	return b.UNetDecoder(arch, skips, classes)
}

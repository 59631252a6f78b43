package plain

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// Build adds the network to the builder's graph and returns the logits of every resolution, finest
// first. It panics when the input's extent is not divisible by the product of the strides.
func Build(b *block.Builder, arch plans.Architecture, input engine.Node, classes int) []engine.Node {
	var skips []engine.Node
	x := input
	for s := range arch.Stages() {
		x = b.Stack(fmt.Sprintf("encoder.stages.%d.0.convs", s), x, arch.Convolutions[s],
			block.Shape{Out: arch.Features[s], Kernel: arch.Kernels[s], Stride: arch.Strides[s]})
		skips = append(skips, x)
	}
	return b.UNetDecoder(arch, skips, classes)
}

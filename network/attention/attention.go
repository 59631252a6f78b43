package attention

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// Names of the options in plans.Architecture.
const (
	// Gates is the number of attention gates of every gated skip; 0 leaves them out.
	Gates = "gates"
	// GatingBlock is true for a 1-kernel unit on the bottom features before they gate, as in the release.
	GatingBlock = "gating_block"
)

// Build returns the builder of the network with that many gates per skip unless the option says otherwise.
// The built network panics when the input's extent is not divisible by the product of the strides.
func Build(gates int) func(*block.Builder, plans.Architecture, engine.Node, int) []engine.Node {
	return func(b *block.Builder, arch plans.Architecture, input engine.Node, classes int) []engine.Node {
		n := &net{Builder: b, arch: arch, classes: classes, gates: gates}
		if g, ok := arch.Options[Gates].(int); ok {
			n.gates = g
		}
		return []engine.Node{n.build(input)}
	}
}

// net is an Attention U-Net under construction. The lists keep its parameters in the order of the goldens:
// encoder, gates, decoder, side scores.
type net struct {
	*block.Builder
	arch                    plans.Architecture
	classes, gates          int
	attention, decoder, dsv []block.Parameter
}

func (n *net) build(input engine.Node) engine.Node {
	skips := n.encoder(input)
	last := len(skips) - 1
	x := skips[last]
	gating := x
	if n.arch.Options[GatingBlock] == true && n.gates > 0 && last > 1 {
		gating = n.Record(&n.attention, func() engine.Node {
			return n.ConvNormAct("gating", x, block.Shape{Out: n.arch.Features[last], Kernel: block.Ones(n.arch.Dimensions)})
		})
	}
	scores := make([]engine.Node, last)
	for j := range last {
		s := last - 1 - j
		skip := skips[s]
		if s > 0 && n.gates > 0 {
			skip = n.Record(&n.attention, func() engine.Node { return n.gatedSkip(j, skip, gating) })
		}
		x = n.Record(&n.decoder, func() engine.Node { return n.join(j, skip, x) })
		gating = x
		scores[s] = n.Record(&n.dsv, func() engine.Node { return n.side(j, x) })
	}
	n.Append(n.attention, n.decoder, n.dsv)
	if last > 0 {
		x = op.Concat(scores...)
	}
	return n.Head("score", x, n.classes)
}

// encoder returns the features of every level, finest first.
func (n *net) encoder(x engine.Node) []engine.Node {
	var skips []engine.Node
	for s := range n.arch.Stages() {
		if s > 0 {
			x, _ = op.MaxPool(x, n.arch.Strides[s], op.Floor)
		}
		x = n.Stack(fmt.Sprintf("enc.%d", s), x, n.arch.Convolutions[s], block.Shape{Out: n.arch.Features[s], Kernel: n.arch.Kernels[s]})
		skips = append(skips, x)
	}
	return skips
}

// join is decoder stage j: the skip beside the upsampled features, and convolutions on both.
func (n *net) join(j int, skip, x engine.Node) engine.Node {
	s := n.arch.Stages() - 2 - j
	x = op.Concat(skip, op.UpsampleLinear(x, n.arch.Strides[s+1]))
	return n.Stack(fmt.Sprintf("dec.%d", j), x, n.arch.DecoderConvolutions[j], block.Shape{Out: n.arch.Features[s], Kernel: n.arch.Kernels[s]})
}

// side scores decoder stage j and brings the scores to full size.
func (n *net) side(j int, x engine.Node) engine.Node {
	x = n.Head(fmt.Sprintf("dsv.%d", j), x, n.classes)
	factor := block.Ones(n.arch.Dimensions)
	for _, stride := range n.arch.Strides[:n.arch.Stages()-1-j] {
		for axis, t := range stride {
			factor[axis] *= t
		}
	}
	return op.UpsampleLinear(x, factor)
}

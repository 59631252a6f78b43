package vnet

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// Output is the option in plans.Architecture that chooses the last layers: "paper" (the default) scores
// with a 1-kernel, "release" first makes K channels with the stage's kernel and an activation.
const Output = "output"

// Build adds the network to the builder's graph and returns its logits. It panics when the input's extent
// is not divisible by the product of the strides.
func Build(b *block.Builder, arch plans.Architecture, input engine.Node, classes int) []engine.Node {
	last := arch.Stages() - 1
	n := &net{Builder: b, arch: arch}
	skips := []engine.Node{n.left(0, input, n.widened(input))}
	for s := 1; s <= last; s++ {
		x := n.down(s-1, skips[s-1])
		skips = append(skips, n.left(s, x, x))
	}
	x := skips[last]
	var sides []engine.Node // finest first
	for j := range last {
		x = n.right(j, n.up(j, x), skips[last-1-j])
		if arch.DeepSupervision() && j < last-1 {
			sides = append([]engine.Node{b.Side(&n.sides, j, x, classes)}, sides...)
		}
	}
	b.Append(n.encoder, n.downs, n.downSlopes, n.ups, n.upSlopes, n.decoder, n.sides)
	return append([]engine.Node{n.score(x, classes)}, sides...)
}

// net is a V-Net under construction. The lists hold its parameters in the order of the goldens, which is
// kind by kind.
type net struct {
	*block.Builder
	arch                                               plans.Architecture
	encoder, decoder, downs, downSlopes, ups, upSlopes []block.Parameter
	sides                                              []block.Parameter
}

// widened returns what the first stage adds to its convolutions: the input repeated to the stage's width,
// so that channel j is input channel j mod C, or a projection where the width is no multiple of C.
func (n *net) widened(input engine.Node) engine.Node {
	c, width := input.Shape()[1], n.arch.Features[0]
	if width%c != 0 {
		return n.Record(&n.encoder, func() engine.Node { return n.Head("enc.0.project", input, width) })
	}
	copies := make([]engine.Node, width/c)
	for i := range copies {
		copies[i] = input
	}
	if len(copies) == 1 {
		return input
	}
	return op.Concat(copies...)
}

func (n *net) left(s int, x, residual engine.Node) engine.Node {
	return n.Record(&n.encoder, func() engine.Node {
		return n.stage(fmt.Sprintf("enc.%d", s), x, residual, n.arch.Convolutions[s], block.Shape{Out: n.arch.Features[s], Kernel: n.arch.Kernels[s]})
	})
}

// right joins the upsampled features and the skip; the residual is both of them.
func (n *net) right(j int, up, skip engine.Node) engine.Node {
	s := n.arch.Stages() - 2 - j
	x := op.Concat(up, skip)
	return n.Record(&n.decoder, func() engine.Node {
		return n.stage(fmt.Sprintf("dec.%d", j), x, x, n.arch.DecoderConvolutions[j], block.Shape{Out: 2 * n.arch.Features[s], Kernel: n.arch.Kernels[s]})
	})
}

// stage is count convolutions, each with norm and activation; the residual is added in front of the last
// activation (figure 2 of the paper).
func (n *net) stage(name string, x, residual engine.Node, count int, shape block.Shape) engine.Node {
	var convolutions, norms, slopes []block.Parameter
	shape.Out = n.Activation.Width(shape.Out)
	for i := range count {
		x = n.Record(&convolutions, func() engine.Node { return n.Conv(fmt.Sprintf("%s.convs.%d", name, i), x, shape) })
		x = n.DropChannels(fmt.Sprintf("%s.dropout.%d", name, i), x)
		x = n.Record(&norms, func() engine.Node { return n.NormLayer(fmt.Sprintf("%s.norms.%d", name, i), x, block.NormScale) })
		x = n.Record(&slopes, func() engine.Node {
			act := fmt.Sprintf("%s.acts.%d", name, i)
			if i == count-1 {
				return n.ActivateSum(act, x, residual)
			}
			return n.Activate(act, x)
		})
	}
	n.Append(convolutions, norms, slopes)
	return n.Tap(name, x)
}

// down leads from stage s to the next.
func (n *net) down(s int, x engine.Node) engine.Node {
	x = n.Record(&n.downs, func() engine.Node {
		y := n.Down(fmt.Sprintf("down.%d", s), x, n.Activation.Width(n.arch.Features[s+1]), n.arch.Strides[s+1])
		return n.NormLayer(fmt.Sprintf("down_norm.%d", s), y, block.NormScale)
	})
	return n.Record(&n.downSlopes, func() engine.Node { return n.Activate(fmt.Sprintf("down_act.%d", s), x) })
}

// up is the j-th step up from below, to the width of the skip.
func (n *net) up(j int, x engine.Node) engine.Node {
	s := n.arch.Stages() - 2 - j
	x = n.Record(&n.ups, func() engine.Node {
		y := n.Up(fmt.Sprintf("up.%d", j), x, n.Activation.Width(n.arch.Features[s]), n.arch.Strides[s+1])
		return n.NormLayer(fmt.Sprintf("up_norm.%d", j), y, block.NormScale)
	})
	return n.Record(&n.upSlopes, func() engine.Node { return n.Activate(fmt.Sprintf("up_act.%d", j), x) })
}

func (n *net) score(x engine.Node, classes int) engine.Node {
	if n.arch.Options[Output] == "release" {
		x = n.Conv("out", x, block.Shape{Out: n.Activation.Width(classes), Kernel: n.arch.Kernels[0], Bias: block.Always})
		x = n.Activate("out_act", x)
	}
	return n.Head("score", x, classes)
}

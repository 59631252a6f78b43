package deconvnet

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// Head is the option in plans.Architecture that chooses the bottleneck: "cell" (the default) has a kernel
// that spans the bottom grid, "padded" an odd one with padding, which takes any patch.
const Head = "head"

// Build adds the network to the builder's graph and returns its logits. Check says which inputs it takes.
func Build(b *block.Builder, arch plans.Architecture, input engine.Node, classes int) []engine.Node {
	n := &net{Builder: b, arch: arch, bottom: arch.Stages() - 1, dropout: b.TakeDropout()}
	x := n.encoder(input)
	x = n.head(x)
	var convolutions, norms []block.Parameter
	for j := range n.bottom {
		s := n.bottom - 1 - j
		x = b.Tap(fmt.Sprintf("unpool%d", s+1), op.Unpool(x, n.switches[s], n.extents[s]))
		for i := range arch.DecoderConvolutions[j] {
			x = n.unit(&convolutions, &norms, fmt.Sprintf("%d.%d", j, i), x, block.Shape{Out: n.width(j, i), Kernel: arch.Kernels[s]})
		}
	}
	b.Append(convolutions, norms)
	return []engine.Node{b.Head("score", x, classes)}
}

// net is a DeconvNet under construction.
type net struct {
	*block.Builder
	arch     plans.Architecture
	bottom   int
	dropout  float64 // behind fc6 and fc7, as in the classifier that the encoder comes from
	switches []engine.Node
	extents  [][]int // in front of every pooling
}

// encoder adds the stages, each with its pooling.
func (n *net) encoder(x engine.Node) engine.Node {
	for s := range n.bottom {
		x = n.Stack(fmt.Sprintf("enc.%d", s), x, n.arch.Convolutions[s], block.Shape{Out: n.arch.Features[s], Kernel: n.arch.Kernels[s]})
		n.extents = append(n.extents, block.Extent(x))
		y, switches := op.MaxPool(x, n.arch.Strides[s+1], op.Floor)
		n.switches = append(n.switches, n.Tap(fmt.Sprintf("pool%d", s+1), switches))
		x = y
	}
	return x
}

// head is fc6 and fc7 as convolutions, and the deconvolution that leads back to the bottom grid.
func (n *net) head(x engine.Node) engine.Node {
	kernel := n.arch.Kernels[n.bottom]
	pad := make([]int, len(kernel))
	if padded(n.arch) {
		pad = nil
	}
	width := n.arch.Features[n.bottom]
	norm := n.Norm
	if !padded(n.arch) && norm.Kind == plans.InstanceNorm {
		// The norm of a single voxel is its shift, whatever the voxel: it would cut the network in two.
		n.Norm = plans.Norm{Kind: plans.NoNorm}
	}
	x = n.ConvNormAct("fc6", x, block.Shape{Out: width, Kernel: kernel, Pad: pad})
	x = n.DropElements("fc6.dropout", x, n.dropout)
	x = n.ConvNormAct("fc7", x, block.Shape{Out: width, Kernel: block.Ones(len(kernel))})
	x = n.DropElements("fc7.dropout", x, n.dropout)
	n.Norm = norm
	x = n.Deconv("fc6_deconv", x, block.Shape{Out: n.Activation.Width(n.arch.Features[n.bottom-1]), Kernel: kernel, Pad: pad})
	return n.Activate("fc6_act", n.NormLayer("fc6_norm", x, block.NormScale))
}

// width returns the channels of deconvolution i of decoder stage j: the last one of a stage has the width
// of the next shallower stage, because unpooling keeps the channels and needs those of its pooling.
func (n *net) width(j, i int) int {
	s := n.bottom - 1 - j
	if i == n.arch.DecoderConvolutions[j]-1 {
		s = max(0, s-1)
	}
	return n.arch.Features[s]
}

// unit is a deconvolution with stride 1, its norm and its activation.
func (n *net) unit(convolutions, norms *[]block.Parameter, name string, x engine.Node, s block.Shape) engine.Node {
	s.Out = n.Activation.Width(s.Out)
	x = n.Record(convolutions, func() engine.Node { return n.Deconv("dec."+name, x, s) })
	return n.Record(norms, func() engine.Node {
		y := n.NormLayer("dec_norm."+name, x, block.NormScale)
		return n.Tap("dec_act."+name, n.Activate("dec_act."+name, y))
	})
}

func padded(arch plans.Architecture) bool { return arch.Options[Head] == "padded" }

// Check says why the network cannot take an input of an extent. With one cell at the bottom the extent is
// fixed: the head's kernel times the strides.
func Check(arch plans.Architecture, extent []int) error {
	if arch.Stages() < 2 {
		return fmt.Errorf("a DeconvNet needs a stage to pool and a head, so two stages at least")
	}
	if padded(arch) {
		return block.Divisible(arch, extent)
	}
	kernel := arch.Kernels[arch.Stages()-1]
	for i, d := range arch.Divisor() {
		if want := kernel[i] * d; extent[i] != want {
			return fmt.Errorf("the input's extent is %d along axis %d, but the head's kernel %v makes one cell of %d only; set the option head: padded for other patches", extent[i], i, kernel, want)
		}
	}
	return nil
}

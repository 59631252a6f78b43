package attention

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/network/block"
)

// gatedSkip is the skip of decoder stage j behind its gates, which stand side by side and are merged by a
// 1-kernel unit. The gates' maps can be looked at under the name gateJ, one channel per gate.
func (n *net) gatedSkip(j int, x, gating engine.Node) engine.Node {
	name := fmt.Sprintf("attn.%d", j)
	stride := n.arch.Strides[n.arch.Stages()-1-j]
	var gated, maps []engine.Node
	for i := range n.gates {
		y, a := n.gate(fmt.Sprintf("%s.gates.%d", name, i), x, gating, stride)
		gated, maps = append(gated, y), append(maps, a)
	}
	n.Tap(fmt.Sprintf("gate%d", j), op.Concat(maps...))
	y := n.ConvNormAct(name+".merge", op.Concat(gated...), block.Shape{Out: x.Shape()[1], Kernel: block.Ones(len(stride))})
	return n.Tap(name, y)
}

// gate is the additive gate of Oktay et al. (2018), equations 1 and 2: with a coarser gating signal g,
//
//	q = ReLU(theta(x) + phi(g)),   a = sigmoid(psi(q)),   y = W(x * up(a))
//
// theta has the stride that leads from x to g as kernel and stride, so its grid is that of g. It returns y
// and up(a).
func (n *net) gate(name string, x, g engine.Node, stride []int) (y, a engine.Node) {
	c := x.Shape()[1]
	theta := n.Conv(name+".theta", x, block.Shape{Out: c, Kernel: stride, Stride: stride, Pad: make([]int, len(stride)), Bias: block.Never})
	phi := n.Head(name+".phi", g, c)
	q := op.Activation(op.Add(theta, phi), "relu", 0)
	psi := n.Head(name+".psi", q, 1)
	a = n.Tap(name+".attention", op.UpsampleLinear(op.Activation(psi, "sigmoid", 0), stride))
	y = n.Head(name+".out", op.Gate(x, a), c)
	y = n.NormLayer(name+".out_norm", y, block.NormScale)
	return n.Tap(name, y), a
}

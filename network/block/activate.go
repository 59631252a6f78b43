package block

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/plans"
)

// Activate adds the builder's activation function. A PReLU has the parameter NAME.weight and starts at a
// slope of 0.25 (architectures.md 5.2). A maxout takes the largest of neighbouring channels, so it leaves
// fewer: whoever makes the channels in front of it asks Activation.Width how many.
func (b *Builder) Activate(name string, x engine.Node) engine.Node {
	switch b.Activation.Kind {
	case plans.PReLU:
		return b.Tap(name, op.PReLU(x, b.parameter(name+".weight", Slope, channels(x))))
	case plans.Maxout:
		return b.Tap(name, op.Maxout(x, b.Activation.Width(1)))
	}
	return op.Activation(x, b.Activation.Kind, b.Activation.Alpha())
}

// ActivateSum activates x + residual. The residual of a maxout joins every piece, which is the same as
// adding it behind: max(a+r, b+r) = max(a, b) + r.
func (b *Builder) ActivateSum(name string, x, residual engine.Node) engine.Node {
	if b.Activation.Kind == plans.Maxout {
		return op.Add(b.Activate(name, x), residual)
	}
	return b.Activate(name, op.Add(x, residual))
}

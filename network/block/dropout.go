package block

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// DropChannels drops whole channels in training, as torch's Dropout2d and Dropout3d do, with the builder's
// probability.
func (b *Builder) DropChannels(name string, x engine.Node) engine.Node {
	return b.drop(x, op.DropoutAttributes{Probability: b.Dropout, Channels: true, Stream: name})
}

// DropElements drops single elements in training with a probability.
func (b *Builder) DropElements(name string, x engine.Node, probability float64) engine.Node {
	return b.drop(x, op.DropoutAttributes{Probability: probability, Stream: name})
}

func (b *Builder) drop(x engine.Node, a op.DropoutAttributes) engine.Node {
	if b.Mode != Training || a.Probability == 0 {
		return x
	}
	return op.Dropout(x, a)
}

// TakeDropout returns the probability and sets that of the units to zero, for a network that drops at
// places of its own.
func (b *Builder) TakeDropout() float64 {
	p := b.Dropout
	b.Dropout = 0
	return p
}

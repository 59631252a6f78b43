package loss

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// TopK is the mean of the largest cross-entropies of a batch, for regions over voxels and regions.
type TopK struct {
	Truth
	// Percent is how many of them; 10 in nnU-Net's trainer of this loss.
	Percent float64
}

// Node adds the loss.
func (l TopK) Node(logits, target engine.Node) engine.Node {
	return modulated(l.Truth, logits, target, op.Modulation{Top: l.Percent / 100})
}

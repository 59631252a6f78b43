package loss

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// WeightedCrossEntropy is softmax cross-entropy with a weight per voxel, the last channel of the target:
//
//	-1/N sum of w log p
//
// U-Net's border weights are made for it (Ronneberger et al. 2015, equation 2).
type WeightedCrossEntropy struct {
	Truth
	// Normalised divides by the sum of the weights instead of the number of voxels, as is usual for weights
	// of classes.
	Normalised bool
}

// Node adds the loss.
func (l WeightedCrossEntropy) Node(logits, target engine.Node) engine.Node {
	return modulated(l.Truth, logits, target, op.Modulation{Weighted: true, Normalised: l.Normalised})
}

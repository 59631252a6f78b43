package loss

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// Focal turns away from voxels that are right already (Lin et al. 2017):
//
//	-mean of w (1 - p)^gamma log p
//
// with p the probability of a voxel's truth, over voxels, or over voxels and regions.
type Focal struct {
	Truth
	// Gamma is 2 in the paper; with 0 this is the cross-entropy.
	Gamma float64
	// Weighted says that the target has one channel more, the weight of every voxel.
	Weighted bool
}

// Node adds the loss.
func (l Focal) Node(logits, target engine.Node) engine.Node {
	return modulated(l.Truth, logits, target, op.Modulation{Gamma: l.Gamma, Weighted: l.Weighted})
}

// modulated adds a modulated cross-entropy; o says nothing about the target.
func modulated(t Truth, logits, target engine.Node, o op.Modulation) engine.Node {
	o.Regions, o.Ignore = t.Regions, t.Ignore
	var weight engine.Node
	if o.Weighted {
		target, weight = t.split(logits, target)
	}
	return op.ModulatedEntropy(logits, target, weight, o)
}

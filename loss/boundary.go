package loss

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// Boundary is the mean over foreground classes and voxels of p phi (Kervadec et al. 2019), where phi is the
// signed distance to the boundary of a class, negative inside. The target holds phi of every foreground
// class or region behind the truth.
type Boundary struct{ Truth }

// Node adds the loss.
func (l Boundary) Node(logits, target engine.Node) engine.Node {
	_, phi := l.split(logits, target)
	p, channels := l.probabilities(logits), logits.Shape()[1]
	if first := l.foreground(); first > 0 {
		p = op.Slice(p, first, channels)
	}
	return op.WeightedSum([]float64{1 / float64(phi.Shape().Size())}, op.InnerProduct(p, phi))
}

// RisingBoundary is the form in which Boundary is of use: (1 - a) Dice + a Boundary, with a rising from
// epoch to epoch (Kervadec et al. 2019, section 3), and nnU-Net's soft Dice.
type RisingBoundary struct {
	Boundary
	// Alpha is a in every epoch.
	Alpha op.Ramp
}

// Node adds the weighted sum. The soft Dice is -1 at best.
func (l RisingBoundary) Node(logits, target engine.Node) engine.Node {
	truth, _ := l.split(logits, target)
	dice := op.SoftDice(logits, truth, op.DiceOptions{Batch: l.BatchDice, Epsilon: diceSmoothing, Regions: l.Regions, Ignore: l.Ignore})
	rest := op.Ramp{Start: 1 - l.Alpha.Start, Step: -l.Alpha.Step, End: 1 - l.Alpha.End}
	return op.WeightedSum([]float64{1, 1}, op.EpochScale(dice, rest), op.EpochScale(l.Boundary.Node(logits, target), l.Alpha))
}

package loss

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// VNetDice is the loss of V-Net (Milletari et al. 2016), Dice with squares in the denominator:
//
//	1 - mean over the foreground of 2 sum p y / (sum p^2 + sum y^2)
//
// A class that is neither predicted nor there contributes 0.
type VNetDice struct{ Truth }

// Node adds the loss.
func (l VNetDice) Node(logits, target engine.Node) engine.Node {
	return op.OverlapLoss(l.overlap(logits, target), op.Overlap{Ratio: op.SquaredRatio, Power: 1, First: l.foreground()})
}

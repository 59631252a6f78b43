package loss

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// GeneralisedDice weights every class, the background too, by the inverse square of its volume (Sudre et al.
// 2017), so that small and large structures have the same part in the loss:
//
//	1 - 2 sum_c w_c sum p y / sum_c w_c (sum p + sum y),   w_c = 1 / (sum y)^2, 0 for an absent class
//
// Regions have no background; all of them take part.
type GeneralisedDice struct{ Truth }

// Node adds the loss.
func (l GeneralisedDice) Node(logits, target engine.Node) engine.Node {
	return op.OverlapLoss(l.overlap(logits, target), op.Overlap{Ratio: op.GeneralisedRatio, Power: 1})
}

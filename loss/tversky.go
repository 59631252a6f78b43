package loss

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// Tversky weights false positives and false negatives apart (Salehi et al. 2017; focal: Abraham and Khan
// 2019):
//
//	mean over the foreground of (1 - TI)^(1/gamma),   TI = (I + s) / (I + alpha FP + beta FN + s)
//
// with I = sum p y, FP = sum p (1 - y), FN = sum (1 - p) y and s = 1e-5.
type Tversky struct {
	Truth
	// Alpha weights false positives, Beta false negatives; 0.5 and 0.5 make Dice.
	Alpha, Beta float64
	// Gamma above 1 favours classes that are found badly; 1 does not.
	Gamma float64
}

// Node adds the loss.
func (l Tversky) Node(logits, target engine.Node) engine.Node {
	return op.OverlapLoss(l.overlap(logits, target), op.Overlap{
		Ratio: op.TverskyRatio, Smooth: diceSmoothing, FalsePositives: l.Alpha, FalseNegatives: l.Beta,
		Power: 1 / l.Gamma, First: l.foreground(),
	})
}

// IoU is intersection over union, or Jaccard, 1 - (I + s)/(P + G - I + s): Tversky with alpha = beta = 1.
type IoU struct{ Truth }

// Node adds the loss.
func (l IoU) Node(logits, target engine.Node) engine.Node {
	return Tversky{Truth: l.Truth, Alpha: 1, Beta: 1, Gamma: 1}.Node(logits, target)
}

package loss

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// Loss is one term or a sum of terms that training minimises.
type Loss interface {
	// Node adds the scalar loss of logits against a target. It panics when shapes do not fit.
	Node(logits, target engine.Node) engine.Node
}

// NoIgnore stands for "there is no ignore label".
const NoIgnore = -1

// ForLabels is nnU-Net's loss of label maps: softmax cross entropy plus soft Dice without background.
type ForLabels struct {
	// BatchDice sums over the batch before the ratio is taken.
	BatchDice bool
	// Ignore is the label value that is left out, or NoIgnore.
	Ignore int
}

// diceSmoothing is nnU-Net's epsilon in numerator and denominator.
const diceSmoothing = 1e-5

// Node adds the sum of both terms.
func (l ForLabels) Node(logits, target engine.Node) engine.Node {
	entropy := op.SoftmaxCrossEntropy(logits, target, l.Ignore)
	dice := op.SoftDice(logits, target, op.DiceOptions{Batch: l.BatchDice, Epsilon: diceSmoothing, Ignore: l.Ignore})
	return op.WeightedSum([]float64{1, 1}, entropy, dice)
}

// ForRegions is nnU-Net's loss of overlapping regions: binary cross entropy plus soft Dice on the
// sigmoid of every channel.
type ForRegions struct {
	// BatchDice sums over the batch before the ratio is taken.
	BatchDice bool
	// IgnoreChannel says that the target's last channel marks voxels to leave out.
	IgnoreChannel bool
}

// Node adds the sum of both terms.
func (l ForRegions) Node(logits, target engine.Node) engine.Node {
	entropy := op.SigmoidCrossEntropy(logits, target, l.IgnoreChannel)
	ignore := NoIgnore
	if l.IgnoreChannel {
		ignore = 1
	}
	dice := op.SoftDice(logits, target, op.DiceOptions{Batch: l.BatchDice, Epsilon: diceSmoothing, Regions: true, Ignore: ignore})
	return op.WeightedSum([]float64{1, 1}, entropy, dice)
}

// SupervisionWeights returns the weights of n resolutions, finest first: 2^-i with the coarsest set to
// zero, then normalised to sum one. With one resolution its weight is one.
func SupervisionWeights(n int) []float64 {
	w := make([]float64, n)
	sum := 0.0
	for i := range w {
		w[i] = math.Pow(2, -float64(i))
		if i == n-1 && n > 1 {
			w[i] = 0
		}
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// DeepSupervision adds the weighted sum of one loss over all resolutions, finest first. Resolutions of
// weight zero are left out altogether, so the head of the coarsest is never trained. The second result
// holds the unweighted losses of the others.
func DeepSupervision(weights []float64, l Loss, outputs, targets []engine.Node) (engine.Node, []engine.Node) {
	if len(weights) != len(outputs) || len(targets) < len(outputs) && weights[len(targets)] != 0 {
		panic(fmt.Sprintf("loss: %d weights and %d targets for %d outputs", len(weights), len(targets), len(outputs)))
	}
	var used []float64
	var terms []engine.Node
	for i, w := range weights {
		if w != 0 {
			used = append(used, w)
			terms = append(terms, l.Node(outputs[i], targets[i]))
		}
	}
	return op.WeightedSum(used, terms...), terms
}

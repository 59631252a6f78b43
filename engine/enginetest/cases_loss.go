package enginetest

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

func lossCases() []Case {
	var r []Case
	for _, c := range []struct{ batch, classes int }{{1, 2}, {2, 3}, {3, 6}, {1, 17}} {
		for _, extent := range [][]int{{1, 1, 2}, {3, 4, 5}, {7, 9}} {
			logits := append([]int{c.batch, c.classes}, extent...)
			r = append(r, labelLosses(logits)...)
			r = append(r, regionLosses(logits)...)
			if c.classes < 6 { // nothing of these is laid out by channels
				r = append(r, overlapLosses(logits)...)
				r = append(r, entropyLosses(logits)...)
			}
		}
	}
	return r
}

// labelLosses are the losses on labels; the ignore label is the one behind the last class.
func labelLosses(logits []int) []Case {
	classes := logits[1]
	target := append([]int{logits[0], 1}, logits[2:]...)
	var r []Case
	for _, ignore := range []int{-1, classes} {
		values := max(classes, ignore+1)
		r = append(r, Case{Name: fmt.Sprintf("softmax cross-entropy %v ignore %d", logits, ignore), Build: func(b *Builder) engine.Node {
			return op.SoftmaxCrossEntropy(b.Shifted(0, 3, logits...), b.Labels(values, target...), ignore)
		}})
		for _, batch := range []bool{false, true} {
			o := op.DiceOptions{Batch: batch, Epsilon: 1e-5, Ignore: ignore}
			r = append(r, Case{Name: fmt.Sprintf("soft dice %v %+v", logits, o), Build: func(b *Builder) engine.Node {
				return op.SoftDice(b.Shifted(0, 3, logits...), b.Labels(values, target...), o)
			}})
		}
	}
	return r
}

// regionLosses are the losses on regions, without and with a channel of what does not count.
func regionLosses(logits []int) []Case {
	var r []Case
	for _, ignore := range []bool{false, true} {
		target := append([]int{}, logits...)
		if ignore {
			target[1]++
		}
		r = append(r, Case{Name: fmt.Sprintf("sigmoid cross-entropy %v ignore %v", logits, ignore), Build: func(b *Builder) engine.Node {
			return op.SigmoidCrossEntropy(b.Shifted(0, 3, logits...), b.Labels(2, target...), ignore)
		}})
		for _, batch := range []bool{false, true} {
			o := op.DiceOptions{Batch: batch, Epsilon: 1e-5, Regions: true}
			r = append(r, Case{Name: fmt.Sprintf("soft dice %v %+v ignore %v", logits, o, ignore), Build: func(b *Builder) engine.Node {
				return op.SoftDice(b.Shifted(0, 3, logits...), b.Labels(2, target...), o)
			}})
		}
	}
	return r
}

package enginetest

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// overlapLosses are the losses that are functions of the overlap sums of softmax or sigmoid. Logits stay
// small, for 1 - ratio loses all digits where the ratio is nearly 1.
func overlapLosses(logits []int) []Case {
	classes := logits[1]
	labels, regions := append([]int{logits[0], 1}, logits[2:]...), append([]int{}, logits...)
	regions[1]++
	var r []Case
	for _, o := range []op.Overlap{
		{Ratio: op.SquaredRatio, Power: 1, First: 1},
		{Ratio: op.TverskyRatio, Smooth: 1e-5, FalsePositives: 0.3, FalseNegatives: 0.7, Power: 1, First: 1},
		{Ratio: op.TverskyRatio, Smooth: 1e-5, FalsePositives: 1, FalseNegatives: 1, Power: 0.75},
		{Ratio: op.GeneralisedRatio, Power: 1},
	} {
		for _, batch := range []bool{false, true} {
			r = append(r, Case{Name: fmt.Sprintf("overlap %v %+v batch %v", logits, o, batch), Build: func(b *Builder) engine.Node {
				p := op.Softmax(b.Shifted(0, 1, logits...))
				sums := op.OverlapSums(p, b.Labels(classes+1, labels...), op.OverlapOptions{Batch: batch, Ignore: classes})
				return op.OverlapLoss(sums, o)
			}}, Case{Name: fmt.Sprintf("overlap %v %+v batch %v of regions", logits, o, batch), Build: func(b *Builder) engine.Node {
				p := op.Activation(b.Shifted(0, 1, logits...), "sigmoid", 0)
				sums := op.OverlapSums(p, b.Labels(2, regions...), op.OverlapOptions{Batch: batch, Regions: true})
				return op.EpochScale(op.OverlapLoss(sums, o), op.Ramp{Start: 0.5, Step: 0.1, End: 1})
			}})
		}
	}
	return r
}

// entropyLosses are the modulated cross-entropies; the weights are labels of another map.
func entropyLosses(logits []int) []Case {
	classes := logits[1]
	labels, regions := append([]int{logits[0], 1}, logits[2:]...), append([]int{}, logits...)
	regions[1]++
	var r []Case
	for _, o := range []op.Modulation{
		{Gamma: 2}, {Gamma: 0.5}, {Top: 0.3}, {Weighted: true}, {Weighted: true, Normalised: true}, {Gamma: 1.5, Weighted: true},
	} {
		r = append(r, Case{Name: fmt.Sprintf("modulated entropy %v %+v", logits, o), Build: func(b *Builder) engine.Node {
			z, y := b.Shifted(0, 1, logits...), b.Labels(classes+1, labels...)
			a := o
			a.Ignore = classes
			var w engine.Node
			if o.Weighted {
				w = b.Labels(4, labels...)
			}
			return op.ModulatedEntropy(z, y, w, a)
		}})
		if o.Weighted {
			continue
		}
		r = append(r, Case{Name: fmt.Sprintf("modulated entropy %v %+v of regions", logits, o), Build: func(b *Builder) engine.Node {
			a := o
			a.Regions = true
			return op.ModulatedEntropy(b.Shifted(0, 1, logits...), b.Labels(2, regions...), engine.Node{}, a)
		}})
	}
	return r
}

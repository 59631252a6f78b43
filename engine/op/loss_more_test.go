package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// TestSoftmaxOfFarLogits checks that large logits do not overflow.
func TestSoftmaxOfFarLogits(t *testing.T) {
	logits := values{engine.Shape{1, 2, 1, 2}, []float64{1000, 0, -1000, 0}}
	p := run(t, []values{logits}, func(in []engine.Node) []engine.Node { return []engine.Node{op.Softmax(in[0])} })[0]
	closeTo(t, "probabilities", p, []float64{1, 0.5, 0, 0.5})
}

// TestTopTermsAgainstSorting computes the mean of the largest cross-entropies by sorting them.
func TestTopTermsAgainstSorting(t *testing.T) {
	logits := values{engine.Shape{1, 2, 4, 5}, make([]float64, 40)}
	target := values{engine.Shape{1, 1, 4, 5}, make([]float64, 20)}
	for i := range logits.data {
		logits.data[i] = math.Sin(float64(3 * i))
	}
	var terms []float64
	for i := range target.data {
		target.data[i] = float64(i * i % 3 % 2)
		z := []float64{logits.data[i], logits.data[20+i]}
		terms = append(terms, math.Log(math.Exp(z[0])+math.Exp(z[1]))-z[int(target.data[i])])
	}
	slices.Sort(terms)
	want := 0.0
	for _, v := range terms[15:] {
		want += v / 5
	}
	got, gradient := withGradient(t, logits, target, func(z, y engine.Node) engine.Node {
		return op.ModulatedEntropy(z, y, engine.Node{}, op.Modulation{Top: 0.25})
	})
	closeTo(t, "loss", []float64{got}, []float64{want})
	moved := 0
	for _, d := range gradient[:20] {
		if d != 0 {
			moved++
		}
	}
	if moved != 5 {
		t.Errorf("%d voxels have a gradient, want the 5 of the largest loss", moved)
	}
}

// TestEqualTermsAtTheLimit has one logit everywhere: exactly the asked share is kept.
func TestEqualTermsAtTheLimit(t *testing.T) {
	logits := values{engine.Shape{1, 2, 2, 5}, make([]float64, 20)}
	target := values{engine.Shape{1, 1, 2, 5}, make([]float64, 10)}
	_, gradient := withGradient(t, logits, target, func(z, y engine.Node) engine.Node {
		return op.ModulatedEntropy(z, y, engine.Node{}, op.Modulation{Top: 0.4})
	})
	if want := []float64{-0.125, -0.125, -0.125, -0.125, 0, 0, 0, 0, 0, 0}; !slices.Equal(gradient[:10], want) {
		t.Errorf("gradient %v, want %v", gradient[:10], want)
	}
}

func TestRamp(t *testing.T) {
	rising, falling := op.Ramp{Start: 0.01, Step: 0.01, End: 0.5}, op.Ramp{Start: 0.99, Step: -0.01, End: 0.5}
	for epoch, want := range map[int]float64{0: 0.01, 9: 0.1, 49: 0.5, 200: 0.5} {
		if got := rising.At(epoch); math.Abs(got-want) > 1e-12 {
			t.Errorf("rising, epoch %d: %v, want %v", epoch, got, want)
		}
		if got := falling.At(epoch); math.Abs(got-(1-want)) > 1e-12 {
			t.Errorf("falling, epoch %d: %v, want %v", epoch, got, 1-want)
		}
	}
}

// TestNothingCountsInTheOtherLosses has only ignored voxels: no loss but what an empty class is worth, and
// no gradient.
func TestNothingCountsInTheOtherLosses(t *testing.T) {
	logits := values{engine.Shape{1, 2, 1, 2}, []float64{1, -2, 3, 0.5}}
	ignored := values{engine.Shape{1, 1, 1, 2}, []float64{2, 2}}
	overlap := func(o op.Overlap) func(z, y engine.Node) engine.Node {
		o.Power = 1
		return func(z, y engine.Node) engine.Node {
			return op.OverlapLoss(op.OverlapSums(op.Softmax(z), y, op.OverlapOptions{Ignore: 2}), o)
		}
	}
	for name, loss := range map[string]func(z, y engine.Node) engine.Node{
		"focal": func(z, y engine.Node) engine.Node {
			return op.ModulatedEntropy(z, y, engine.Node{}, op.Modulation{Ignore: 2, Gamma: 2})
		},
		"top": func(z, y engine.Node) engine.Node {
			return op.ModulatedEntropy(z, y, engine.Node{}, op.Modulation{Ignore: 2, Top: 0.1})
		},
		"squared":     overlap(op.Overlap{Ratio: op.SquaredRatio, First: 1}),
		"generalised": overlap(op.Overlap{Ratio: op.GeneralisedRatio}),
		"tversky":     overlap(op.Overlap{Ratio: op.TverskyRatio, Smooth: 1e-5, FalsePositives: 0.3, FalseNegatives: 0.7, First: 1}),
	} {
		value, gradient := withGradient(t, logits, ignored, loss)
		if value != 0 || slices.ContainsFunc(gradient, func(d float64) bool { return d != 0 }) {
			t.Errorf("%s: loss %v, gradient %v, want zeros", name, value, gradient)
		}
	}
}

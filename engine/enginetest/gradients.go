package enginetest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/autoseg/autoseg/engine"
)

// checkGradients compares the gradients of a case with central differences of its scalar, in float64:
// along one random direction, which every element takes part in, and along some single elements.
func checkGradients(t testing.TB, c Case, executor engine.Executor) {
	t.Helper()
	backward := compile(t, c, executor, engine.Float64, true)
	defer closeProgram(t, backward)
	forward := compile(t, c, executor, engine.Float64, false)
	defer closeProgram(t, forward)
	gradients := backward.run(t, engine.Moment{})[2:]
	random := rand.New(rand.NewPCG(5, uint64(len(c.Name))))
	singles := 4
	if len(forward.leaves) > 8 {
		singles = 0 // whole networks take longer, and a direction moves every element
	}
	k := 0
	for i, l := range forward.leaves {
		if !l.differentiable {
			continue
		}
		direction := make([]float64, len(l.values))
		for j := range direction {
			direction[j] = random.NormFloat64()
		}
		forward.checkDirection(t, c, i, gradients[k], direction)
		for range min(singles, len(direction)) {
			clear(direction)
			direction[random.IntN(len(direction))] = 1
			forward.checkDirection(t, c, i, gradients[k], direction)
		}
		k++
	}
}

// steps are the steps of the differences, relative to the values' spread. The smaller ones are for the
// rare case that an activation's kink lies within the first.
var steps = []float64{1e-5, 1e-6, 1e-7}

// checkDirection compares one directional derivative.
func (p *program) checkDirection(t testing.TB, c Case, leaf int, gradient, direction []float64) {
	t.Helper()
	got, squares := 0.0, 0.0
	for j, d := range direction {
		got += d * gradient[j]
		squares += d * d * gradient[j] * gradient[j]
	}
	size := math.Sqrt(squares) + largest(gradient)
	var want, tolerance float64
	for _, step := range steps {
		want, tolerance = p.difference(t, leaf, direction, step*spread(p.leaves[leaf].values), size)
		if math.Abs(got-want) <= tolerance {
			return
		}
	}
	t.Errorf("%s: gradient of leaf %d %v along a direction is %.10g, finite differences give %.10g (tolerance %.2g)",
		c.Name, leaf, p.leaves[leaf].node.Shape(), got, want, tolerance)
}

// difference returns a central difference and how far it may be off: the truncation, about the square
// of the relative step, is far below 1e-6 of the size; rounding is some 1e-16*|f|/h for every sum.
func (p *program) difference(t testing.TB, leaf int, direction []float64, h, size float64) (value, tolerance float64) {
	t.Helper()
	above, below := p.moved(t, leaf, direction, h), p.moved(t, leaf, direction, -h)
	return (above - below) / (2 * h), 1e-6*size + 1e-13*(1+math.Abs(above))/h
}

// moved returns the scalar with one leaf moved along a direction.
func (p *program) moved(t testing.TB, leaf int, direction []float64, h float64) float64 {
	t.Helper()
	old := p.leaves[leaf].values
	values := make([]float64, len(old))
	for j, v := range old {
		values[j] = v + h*direction[j]
	}
	p.leaves[leaf].values = values
	if p.leaves[leaf].resident {
		p.set(t, leaf)
	}
	r := p.run(t, engine.Moment{})[1][0]
	if p.leaves[leaf].values = old; p.leaves[leaf].resident {
		p.set(t, leaf)
	}
	return r
}

// spread is the standard deviation of some values, or the size of one.
func spread(values []float64) float64 {
	mean, squares := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		squares += (v - mean) * (v - mean) / float64(len(values))
	}
	if squares == 0 {
		return max(math.Abs(mean), 1e-3)
	}
	return math.Sqrt(squares)
}

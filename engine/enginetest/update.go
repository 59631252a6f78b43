package enginetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
)

// rules are the optimisers to check, by name.
func rules() map[string]engine.Rule {
	return map[string]engine.Rule{
		"sgd":                   {Method: "sgd"},
		"sgd with decay":        {Method: "sgd", WeightDecay: 0.01},
		"sgd with momentum":     {Method: "sgd", Momentum: 0.9},
		"sgd of nnU-Net":        {Method: "sgd", Momentum: 0.99, Nesterov: true, WeightDecay: 3e-5, ClipNorm: 12},
		"sgd clipped":           {Method: "sgd", Momentum: 0.9, Nesterov: true, WeightDecay: 0.1, ClipNorm: 0.5},
		"adam":                  {Method: "adam", Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
		"adam with decay":       {Method: "adam", Beta1: 0.8, Beta2: 0.99, Epsilon: 1e-4, WeightDecay: 0.1},
		"adamw":                 {Method: "adamw", Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01},
		"adamw clipped":         {Method: "adamw", Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, WeightDecay: 0.1, ClipNorm: 1},
		"sgd clipped at a lot":  {Method: "sgd", ClipNorm: 1e6},
		"sgd nesterov no decay": {Method: "sgd", Momentum: 0.5, Nesterov: true},
	}
}

// shapesCase has parameters of odd shapes whose gradients are inputs, known exactly.
func shapesCase() Case {
	return Case{Name: "parameters of odd shapes", Build: func(b *Builder) engine.Node {
		var terms []engine.Node
		for _, shape := range [][]int{{1}, {33}, {16, 5, 3, 3, 3}, {3, 16, 1, 1}, {7, 1, 5, 5}} {
			terms = append(terms, op.InnerProduct(b.Parameter(0, 1, shape...), b.add(shape, false, false, b.random.NormFloat64)))
		}
		return op.WeightedSum(ones64(len(terms)), terms...)
	}}
}

func ones64(n int) []float64 {
	r := make([]float64, n)
	for i := range r {
		r[i] = 1
	}
	return r
}

// checkUpdates runs three optimiser steps and compares every parameter and every state with ref in
// float64. The rate falls from step to step, so that one folded into the velocity would show.
func checkUpdates(t testing.TB, c Case, executor engine.Executor, rule engine.Rule) {
	t.Helper()
	want, wantLoss := train(t, c, ref.New(1), engine.Float64, rule)
	got, gotLoss := train(t, c, executor, engine.Float32, rule)
	near(t, c.Name+": loss", gotLoss, wantLoss, c.tolerance()*max(1, largest(wantLoss)))
	for name, values := range want {
		if len(got[name]) != len(values) {
			t.Errorf("%s: %s has %d values, want %d", c.Name, name, len(got[name]), len(values))
			continue
		}
		// One float32 rounding per step and more from the gradients: 1e-4 relative root mean square is
		// what nnU-Net's goldens allow after three steps.
		if d, size := distance(got[name], values), distance(values, make([]float64, len(values))); !(d <= c.tolerance()*max(size, 1e-3)) {
			t.Errorf("%s: %s after three steps is off by %.3g rms of %.3g", c.Name, name, d, size)
		}
	}
}

// distance is the root mean square of the difference.
func distance(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += (a[i] - b[i]) * (a[i] - b[i]) / float64(len(a))
	}
	return math.Sqrt(sum)
}

// train runs three steps of a case's scalar and returns parameters and states by name, and the losses.
func train(t testing.TB, c Case, executor engine.Executor, dtype engine.Dtype, rule engine.Rule) (map[string][]float64, []float64) {
	t.Helper()
	p := compileTraining(t, c, executor, dtype, rule)
	defer closeProgram(t, p)
	var losses []float64
	for step := range 3 {
		losses = append(losses, p.run(t, engine.Moment{Rate: 0.05 / float64(1+step), Step: step + 1})[0][0])
	}
	r := map[string][]float64{}
	for _, resident := range p.Residents() {
		r[resident.Name] = p.get(t, resident)
	}
	return r, losses
}

func compileTraining(t testing.TB, c Case, executor engine.Executor, dtype engine.Dtype, rule engine.Rule) *program {
	t.Helper()
	g := newGraph(c, dtype, false)
	loss := g.target.Outputs[1]
	var wrt []engine.Node
	for _, l := range g.leaves {
		if l.resident {
			wrt = append(wrt, l.node)
		}
	}
	g.target.Updated, g.target.Gradients, g.target.Rule = wrt, g.Graph.Gradients(loss, wrt), rule
	g.target.Outputs, g.names = []engine.Node{loss}, []string{"loss"}
	return g.compile(t, c, executor)
}

// trainingCases are networks to take optimiser steps with.
func trainingCases() []Case {
	var r []Case
	for _, name := range []string{"3d", "3d odd width", "2d"} {
		r = append(r, Case{Name: "training unet " + name, Build: unets()[name].loss, Tolerance: blockTolerance})
	}
	return r
}

// trainingRules leave parameters without a gradient of their own, such as a bias in front of a norm,
// where they are: Adam's epsilon is far above the rounding that such a gradient consists of.
func trainingRules() map[string]engine.Rule {
	return map[string]engine.Rule{
		"sgd of nnU-Net": rules()["sgd of nnU-Net"],
		"sgd clipped":    rules()["sgd clipped"],
		"adamw":          {Method: "adamw", Beta1: 0.9, Beta2: 0.999, Epsilon: 0.1, WeightDecay: 0.01},
	}
}

// sameTraining checks that three steps give the same bits with any number of workers.
func sameTraining(t testing.TB, c Case, executors map[int]engine.Executor, rule engine.Rule) {
	t.Helper()
	want, _ := train(t, c, executors[1], engine.Float32, rule)
	for _, workers := range []int{2, 5} {
		got, _ := train(t, c, executors[workers], engine.Float32, rule)
		for name, values := range want {
			equal(t, fmt.Sprintf("%s: %s, %d workers", c.Name, name, workers), got[name], values)
		}
	}
}

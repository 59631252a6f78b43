package ref

import (
	"math"
	"testing"

	"github.com/autoseg/autoseg/engine"
)

// steps runs an update on one number with the given gradients and returns the number after each.
func steps(t *testing.T, rule engine.Rule, start float64, rates, gradients []float64) []float64 {
	t.Helper()
	operands := []engine.Array{engine.NewArray(engine.Float64, engine.Shape{1})}
	operands[0].F64[0] = start
	for range rule.States() {
		operands = append(operands, engine.NewArray(engine.Float64, engine.Shape{1}))
	}
	gradient, squared := engine.NewArray(engine.Float64, engine.Shape{1}), engine.NewArray(engine.Float64, engine.Shape{})
	step, err := newUpdate(rule, append(operands, gradient, squared))
	if err != nil {
		t.Fatal(err)
	}
	var r []float64
	for i, g := range gradients {
		gradient.F64[0] = g
		squaredNorm(1, squared, []engine.Array{gradient})
		step.Run(engine.Moment{Rate: rates[i], Step: i + 1})
		r = append(r, operands[0].F64[0])
	}
	return r
}

func TestUpdates(t *testing.T) {
	for _, c := range []struct {
		name             string
		rule             engine.Rule
		start            float64
		rates, gradients []float64
		want             []float64
	}{
		{"sgd", engine.Rule{Method: "sgd"}, 1, []float64{0.1, 0.1}, []float64{2, -4}, []float64{0.8, 1.2}},
		// the gradient is all decay, 0.1*1
		{"sgd with decay", engine.Rule{Method: "sgd", WeightDecay: 0.1}, 1, []float64{0.1}, []float64{0}, []float64{0.99}},
		// v = 1, then 0.9*1 + 1 = 1.9; the second rate is another and must not reach into v
		{"sgd with momentum", engine.Rule{Method: "sgd", Momentum: 0.9}, 0, []float64{1, 0.1}, []float64{1, 1}, []float64{-1, -1.19}},
		// step 1: v = 1, p -= 1 + 0.9; step 2: v = 1.9, p -= 0.1*(1 + 1.71)
		{"sgd with nesterov", engine.Rule{Method: "sgd", Momentum: 0.9, Nesterov: true}, 0, []float64{1, 0.1}, []float64{1, 1}, []float64{-1.9, -2.171}},
		// the norm is 24, so the factor is 12/(24 + 1e-6); decay comes after clipping
		{"sgd clipped", engine.Rule{Method: "sgd", ClipNorm: 12, WeightDecay: 0.5}, 1, []float64{1}, []float64{24}, []float64{1 - 24*12/(24+1e-6) - 0.5}},
		{"sgd below the clip", engine.Rule{Method: "sgd", ClipNorm: 12}, 1, []float64{1}, []float64{-6}, []float64{7}},
		// with a constant gradient both corrected moments are that of the gradient: steps of the rate
		{"adam", engine.Rule{Method: "adam", Beta1: 0.9, Beta2: 0.999}, 1, []float64{0.1, 0.1, 0.1}, []float64{3, 3, 3}, []float64{0.9, 0.8, 0.7}},
		// Adam, step 1 with g = 1 and then 2: m = 0.29, v = 0.004999; corrected 0.29/0.19 and 0.004999/0.001999
		{"adam with changing gradients", engine.Rule{Method: "adam", Beta1: 0.9, Beta2: 0.999}, 0, []float64{1, 1}, []float64{1, 2}, []float64{-1, -1 - 0.29/0.19/math.Sqrt(0.004999/0.001999)}},
		// decay as part of the gradient vanishes in the ratio m/sqrt(v)
		{"adam with decay", engine.Rule{Method: "adam", Beta1: 0.9, Beta2: 0.999, WeightDecay: 0.5}, 1, []float64{0.1}, []float64{0}, []float64{0.9}},
		// shared/prototypes/gorgonia: PyTorch's AdamW with its default decay of 0.01
		{"adamw", engine.Rule{Method: "adamw", Beta1: 0.9, Beta2: 0.999, WeightDecay: 0.01}, 1, []float64{0.1, 0.1, 0.1}, []float64{1, 1, 1}, []float64{0.899, 0.798101, 0.697302899}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, got := range steps(t, c.rule, c.start, c.rates, c.gradients) {
				if math.Abs(got-c.want[i]) > 1e-12 {
					t.Errorf("after step %d: %.15g, want %.15g", i+1, got, c.want[i])
				}
			}
		})
	}
}

func TestUnknownMethod(t *testing.T) {
	a := engine.NewArray(engine.Float32, engine.Shape{1})
	if _, err := newUpdate(engine.Rule{Method: "lion"}, []engine.Array{a, a, a}); err == nil {
		t.Error("an unknown method was accepted")
	}
	if _, err := newUpdate(engine.Rule{Method: "adam"}, []engine.Array{a, a, a}); err == nil {
		t.Error("adam without states was accepted")
	}
}

func TestSquaredNorm(t *testing.T) {
	a, b := engine.Of32(engine.Shape{2}, []float32{3, 4}), engine.Of32(engine.Shape{1}, []float32{12})
	got := engine.NewArray(engine.Float32, engine.Shape{})
	for _, workers := range []int{1, 2} {
		if squaredNorm(workers, got, []engine.Array{a, b}); got.F32[0] != 169 {
			t.Errorf("%d workers: %v, want 169", workers, got.F32[0])
		}
	}
}

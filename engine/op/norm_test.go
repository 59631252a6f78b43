package op_test

import (
	"math"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// TestNorms has two samples of one channel: (1, 3) and (5, 11). Their means are 2 and 8, their biased
// variances 1 and 9; over the batch the mean is 5 and the variance (16 + 4 + 0 + 36)/4 = 14.
func TestNorms(t *testing.T) {
	inputs := []values{{engine.Shape{2, 1, 1, 2}, []float64{1, 3, 5, 11}}, {engine.Shape{1}, []float64{2}}, {engine.Shape{1}, []float64{0.5}}}
	got := run(t, inputs, func(in []engine.Node) []engine.Node {
		return []engine.Node{
			op.InstanceNorm(in[0], in[1], in[2], 0), op.BatchNorm(in[0], in[1], in[2], 0), op.InstanceNorm(in[0], in[1], in[2], 3),
		}
	})
	s := math.Sqrt(14)
	closeTo(t, "instance norm", got[0], []float64{-1.5, 2.5, -1.5, 2.5})
	closeTo(t, "batch norm", got[1], []float64{-8/s + 0.5, -4/s + 0.5, 0.5, 12/s + 0.5})
	closeTo(t, "instance norm with epsilon 3", got[2], []float64{-0.5, 1.5, -6/math.Sqrt(12) + 0.5, 6/math.Sqrt(12) + 0.5})
}

func TestActivations(t *testing.T) {
	x := values{engine.Shape{1, 1, 1, 5}, []float64{-2, 0, 3, math.Inf(-1), math.NaN()}}
	nan, e := math.NaN(), math.Exp(-2)
	for _, c := range []struct {
		function string
		slope    float64
		want     []float64
	}{
		{"relu", 0, []float64{0, 0, 3, 0, nan}},
		{"leaky_relu", 0.1, []float64{-0.2, 0, 3, math.Inf(-1), nan}},
		{"elu", 0.5, []float64{0.5 * (e - 1), 0, 3, -0.5, nan}},
		{"sigmoid", 0, []float64{e / (1 + e), 0.5, 1 / (1 + math.Exp(-3)), 0, nan}},
		{"tanh", 0, []float64{math.Tanh(-2), 0, math.Tanh(3), -1, nan}},
	} {
		got := run(t, []values{x}, func(in []engine.Node) []engine.Node {
			return []engine.Node{op.Activation(in[0], c.function, c.slope)}
		})[0]
		for i, want := range c.want {
			same := got[i] == want || math.Abs(got[i]-want) < 1e-15 || math.IsNaN(want) && math.IsNaN(got[i])
			if !same {
				t.Errorf("%s(%v) = %v, want %v", c.function, x.data[i], got[i], want)
			}
		}
	}
}

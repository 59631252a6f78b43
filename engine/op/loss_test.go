package op_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/internal/golden"
)

// withGradient returns a loss and its gradient with respect to the logits.
func withGradient(t *testing.T, logits, target values, loss func(z, y engine.Node) engine.Node) (value float64, gradient []float64) {
	t.Helper()
	r := run(t, []values{logits, target}, func(in []engine.Node) []engine.Node {
		l := loss(in[0], in[1])
		return append([]engine.Node{l}, l.Graph().Gradients(l, in[:1])...)
	})
	return r[0][0], r[1]
}

func crossEntropy(z, y engine.Node) engine.Node { return op.SoftmaxCrossEntropy(z, y, -1) }

func dice(o op.DiceOptions) func(z, y engine.Node) engine.Node {
	o.Epsilon = 1e-5
	return func(z, y engine.Node) engine.Node { return op.SoftDice(z, y, o) }
}

// TestLossesOfNNUNet has the case of shared/reference/nnunet-model.md 3.4, given to six decimals.
func TestLossesOfNNUNet(t *testing.T) {
	logits := values{engine.Shape{2, 3, 4, 4}, make([]float64, 96)}
	for i := range logits.data {
		logits.data[i] = 2 * math.Sin(0.7*float64(i))
	}
	target := values{engine.Shape{2, 1, 4, 4}, make([]float64, 32)}
	for i := range target.data {
		target.data[i] = float64(7 * i % 5 % 3)
	}
	for _, c := range []struct {
		name string
		loss func(z, y engine.Node) engine.Node
		want float64
	}{
		{"cross-entropy", crossEntropy, 1.848449},
		{"dice per sample", dice(op.DiceOptions{}), -0.288880},
		{"dice over the batch", dice(op.DiceOptions{Batch: true}), -0.288923},
	} {
		if got, _ := withGradient(t, logits, target, c.loss); math.Abs(got-c.want) > 5.1e-7 {
			t.Errorf("%s: got %.7f, want %.6f", c.name, got, c.want)
		}
	}
}

// lossGolden is a file of shared/golden/metrics: values to 1e-9, gradients printed with 12 decimals.
type lossGolden struct {
	Shape    []int           `json:"logits_shape"`
	Logits   [][][]float64   `json:"logits"`
	Target   [][]float64     `json:"target"`
	Expected map[string]any  `json:"expected"`
	Gradient map[string]cube `json:"expected_gradient"`
}

type cube [][][]float64

func (c cube) flat() []float64 {
	var r []float64
	for _, plane := range c {
		for _, row := range plane {
			r = append(r, row...)
		}
	}
	return r
}

func TestLossGoldens(t *testing.T) {
	for _, name := range []string{"losses_2d.json", "losses_absent_class_2d.json"} {
		text, err := os.ReadFile(golden.Shared(t, "golden", "metrics", name))
		if err != nil {
			t.Fatal(err)
		}
		var g lossGolden
		if err := json.Unmarshal(text, &g); err != nil {
			t.Fatal(err)
		}
		logits := values{append(engine.Shape{1}, g.Shape...), cube(g.Logits).flat()}
		target := values{engine.Shape{1, 1, g.Shape[1], g.Shape[2]}, cube{g.Target}.flat()}
		for loss, build := range map[string]func(z, y engine.Node) engine.Node{
			"cross_entropy": crossEntropy,
			"soft_dice_fg":  dice(op.DiceOptions{}),
			"dice_ce": func(z, y engine.Node) engine.Node {
				return op.WeightedSum([]float64{1, 1}, crossEntropy(z, y), dice(op.DiceOptions{})(z, y))
			},
		} {
			t.Run(name+" "+loss, func(t *testing.T) {
				value, gradient := withGradient(t, logits, target, build)
				if want := g.Expected[loss].(float64); math.Abs(value-want) > 1e-9 {
					t.Errorf("value %v, want %v", value, want)
				}
				want := golden.Array{Shape: logits.shape, Data: g.Gradient[loss].flat()}
				golden.Close(t, "gradient", gradient, want, 1e-9)
			})
		}
	}
}

// TestNothingCounts has targets of which no voxel counts: the losses are 0 or, for Dice, -1 (epsilon
// over epsilon), and the gradients are 0, not NaN.
func TestNothingCounts(t *testing.T) {
	logits := values{engine.Shape{1, 2, 1, 2}, []float64{1, -2, 3, 0.5}}
	ignored := values{engine.Shape{1, 1, 1, 2}, []float64{2, 2}}
	regions := values{engine.Shape{1, 3, 1, 2}, []float64{1, 0, 0, 1, 1, 1}}
	for _, c := range []struct {
		name   string
		target values
		loss   func(z, y engine.Node) engine.Node
		want   float64
	}{
		{"softmax cross-entropy", ignored, func(z, y engine.Node) engine.Node { return op.SoftmaxCrossEntropy(z, y, 2) }, 0},
		{"dice of labels", ignored, dice(op.DiceOptions{Ignore: 2}), -1},
		{"sigmoid cross-entropy", regions, func(z, y engine.Node) engine.Node { return op.SigmoidCrossEntropy(z, y, true) }, 0},
		{"dice of regions", regions, dice(op.DiceOptions{Regions: true}), -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, gradient := withGradient(t, logits, c.target, c.loss)
			if math.Abs(value-c.want) > 1e-12 {
				t.Errorf("value %v, want %v", value, c.want)
			}
			for i, d := range gradient {
				if d != 0 {
					t.Errorf("gradient %d is %v, want 0", i, d)
				}
			}
		})
	}
}

// TestFarLogits checks that large logits neither overflow nor lose the loss.
func TestFarLogits(t *testing.T) {
	logits := values{engine.Shape{1, 2, 1, 1}, []float64{1000, -1000}}
	label := values{engine.Shape{1, 1, 1, 1}, []float64{1}}
	region := values{engine.Shape{1, 2, 1, 1}, []float64{0, 1}}
	for name, c := range map[string]struct {
		target   values
		loss     func(z, y engine.Node) engine.Node
		value    float64
		gradient []float64
	}{
		"softmax": {label, crossEntropy, 2000, []float64{1, -1}},
		"sigmoid": {region, func(z, y engine.Node) engine.Node { return op.SigmoidCrossEntropy(z, y, false) }, 1000, []float64{0.5, -0.5}},
	} {
		t.Run(name, func(t *testing.T) {
			value, gradient := withGradient(t, logits, c.target, c.loss)
			closeTo(t, "value", []float64{value}, []float64{c.value})
			closeTo(t, "gradient", gradient, c.gradient)
		})
	}
}

func TestLabelThatIsNoClass(t *testing.T) {
	for _, label := range []float64{-1, 2, 0.5, math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("label %v of two classes was taken", label)
				}
			}()
			logits := values{engine.Shape{1, 2, 1, 1}, []float64{1, 2}}
			withGradient(t, logits, values{engine.Shape{1, 1, 1, 1}, []float64{label}}, crossEntropy)
		}()
	}
}

package loss

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/ref"
)

// evaluate computes a loss of fixed logits and targets in float64.
func evaluate(t *testing.T, l Loss, logits, target engine.Array) float64 {
	t.Helper()
	g := engine.NewGraph(engine.Float64)
	var node engine.Node
	var inputs []engine.Node
	if err := engine.Build(func() error {
		inputs = []engine.Node{g.Input("logits", logits.Shape), g.Input("target", target.Shape)}
		node = l.Node(inputs[0], inputs[1])
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p, err := engine.Compile(g, engine.Target{Inputs: inputs, Outputs: []engine.Node{node}}, ref.New(1))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	out := engine.NewArray(engine.Float64, engine.Shape{})
	if err := p.Run(context.Background(), engine.Moment{}, []engine.Array{logits, target}, []engine.Array{out}); err != nil {
		t.Fatal(err)
	}
	return out.F64[0]
}

// TestNNUNetVector is the example of nnunet-model.md 3.4, confirmed there with PyTorch in float64:
// cross entropy 1.848449, Dice -0.288880 per sample and -0.288923 over the batch.
func TestNNUNetVector(t *testing.T) {
	logits := engine.NewArray(engine.Float64, engine.Shape{2, 3, 4, 4})
	for i := range logits.F64 {
		logits.F64[i] = 2 * math.Sin(0.7*float64(i))
	}
	target := engine.NewArray(engine.Float64, engine.Shape{2, 1, 4, 4})
	for i := range target.F64 {
		target.F64[i] = float64(7 * i % 5 % 3)
	}
	for name, test := range map[string]struct {
		l    Loss
		want float64
	}{
		"per sample": {ForLabels{Ignore: NoIgnore}, 1.848449 - 0.288880},
		"batch":      {ForLabels{BatchDice: true, Ignore: NoIgnore}, 1.848449 - 0.288923},
	} {
		if got := evaluate(t, test.l, logits, target); math.Abs(got-test.want) > 1.5e-6 { // two numbers of six decimals
			t.Errorf("%s: got %.7f, want %.6f", name, got, test.want)
		}
	}
}

// TestIgnoredVoxelsDoNotMatter changes logits under the ignore label and expects the same loss.
func TestIgnoredVoxelsDoNotMatter(t *testing.T) {
	logits := engine.NewArray(engine.Float64, engine.Shape{1, 3, 2, 2})
	for i := range logits.F64 {
		logits.F64[i] = math.Cos(float64(i))
	}
	target := engine.Array{Shape: engine.Shape{1, 1, 2, 2}, F64: []float64{0, 1, 2, 3}}
	l := ForLabels{Ignore: 3}
	before := evaluate(t, l, logits, target)
	for class := range 3 {
		logits.F64[class*4+3] += 5
	}
	if after := evaluate(t, l, logits, target); after != before {
		t.Errorf("loss %v changed to %v", before, after)
	}
	logits.F64[0] += 1
	if after := evaluate(t, l, logits, target); after == before {
		t.Error("a voxel that counts changed nothing")
	}
}

func TestSupervisionWeights(t *testing.T) {
	for n, want := range map[int][]float64{
		1: {1},
		2: {1, 0},
		3: {2.0 / 3, 1.0 / 3, 0},
		5: {8.0 / 15, 4.0 / 15, 2.0 / 15, 1.0 / 15, 0},
	} {
		got := SupervisionWeights(n)
		if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-15 }) {
			t.Errorf("%d resolutions: got %v, want %v", n, got, want)
		}
	}
}

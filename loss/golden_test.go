package loss

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"math"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
	"github.com/autoseg/autoseg/internal/golden"
)

type (
	plane [][]float64
	cube  []plane
)

func (c cube) flat() []float64 {
	var r []float64
	for _, p := range c {
		r = append(r, slices.Concat(p...)...)
	}
	return r
}

// lossFile is a file of shared/golden/metrics.
type lossFile struct {
	Shape        []int     `json:"logits_shape"`
	Logits       cube      `json:"logits"`
	Target       plane     `json:"target"`
	ClassWeights []float64 `json:"class_weights"`
	PixelWeights plane     `json:"pixel_weights"`
	Distance     cube      `json:"signed_distance"`
	Parameters   struct {
		Gamma float64 `json:"focal_gamma"`
		Alpha float64 `json:"tversky_alpha_fp"`
		Beta  float64 `json:"tversky_beta_fn"`
	} `json:"parameters"`
	Expected map[string]float64 `json:"expected"`
	Gradient map[string]cube    `json:"expected_gradient"`
}

// withGradient computes a loss and its gradient by the logits in float64.
func withGradient(t *testing.T, l Loss, logits, target engine.Array) (float64, []float64) {
	t.Helper()
	g := engine.NewGraph(engine.Float64)
	var nodes engine.Target
	if err := engine.Build(func() error {
		nodes.Inputs = []engine.Node{g.Input("logits", logits.Shape), g.Input("target", target.Shape)}
		node := l.Node(nodes.Inputs[0], nodes.Inputs[1])
		nodes.Outputs = append([]engine.Node{node}, g.Gradients(node, nodes.Inputs[:1])...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p, err := engine.Compile(g, nodes, ref.New(1))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	value, gradient := engine.NewArray(engine.Float64, engine.Shape{}), engine.NewArray(engine.Float64, logits.Shape)
	if err := p.Run(context.Background(), engine.Moment{}, []engine.Array{logits, target}, []engine.Array{value, gradient}); err != nil {
		t.Fatal(err)
	}
	return value.F64[0], gradient.F64
}

// array makes a batch of one of a sample's channels.
func array(shape []int, channels ...[]float64) engine.Array {
	data := slices.Concat(channels...)
	return engine.Array{Shape: engine.Shape{1, len(data) / (shape[1] * shape[2]), shape[1], shape[2]}, F64: data}
}

func TestLossGoldens(t *testing.T) {
	for _, name := range []string{"losses_2d.json", "losses_absent_class_2d.json"} {
		text, err := os.ReadFile(golden.Shared(t, "golden", "metrics", name))
		if err != nil {
			t.Fatal(err)
		}
		var f lossFile
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		labels := slices.Concat(f.Target...)
		classWeights := make([]float64, len(labels))
		for i, l := range labels {
			classWeights[i] = f.ClassWeights[int(l)]
		}
		for _, c := range []struct {
			name string
			loss Loss
			maps []float64
		}{
			{"class_weighted_cross_entropy", WeightedCrossEntropy{Normalised: true}, classWeights},
			{"pixel_weighted_cross_entropy", WeightedCrossEntropy{}, slices.Concat(f.PixelWeights...)},
			{"focal", Focal{Gamma: f.Parameters.Gamma}, nil},
			{"vnet_dice", VNetDice{}, nil},
			{"generalised_dice", GeneralisedDice{}, nil},
			{"tversky", Tversky{Alpha: f.Parameters.Alpha, Beta: f.Parameters.Beta, Gamma: 1}, nil},
			{"boundary", Boundary{}, f.Distance[1:].flat()},
			{"dice_ce", ForLabels{}, nil},
		} {
			t.Run(name+" "+c.name, func(t *testing.T) {
				value, gradient := withGradient(t, c.loss, array(f.Shape, f.Logits.flat()), array(f.Shape, labels, c.maps))
				if want := f.Expected[c.name]; math.Abs(value-want) > 1e-9 {
					t.Errorf("value %v, want %v", value, want)
				}
				// Gradients are printed with 12 decimals; the border weights too, which go up to 7.
				want := golden.Array{Shape: []int{1, f.Shape[0], f.Shape[1], f.Shape[2]}, Data: f.Gradient[c.name].flat()}
				golden.Close(t, "gradient", gradient, want, 1e-9)
			})
		}
	}
}

// sample returns logits and labels of two samples of three classes.
func sample() (logits, target engine.Array) {
	logits, target = engine.NewArray(engine.Float64, engine.Shape{2, 3, 4, 5}), engine.NewArray(engine.Float64, engine.Shape{2, 1, 4, 5})
	for i := range logits.F64 {
		logits.F64[i] = 1.5 * math.Sin(0.7*float64(i))
	}
	for i := range target.F64 {
		target.F64[i] = float64(7 * i % 5 % 3)
	}
	return logits, target
}

// probabilities returns softmax of a voxel by its definition.
func probabilities(logits engine.Array, n, v int) (p [3]float64) {
	sum := 0.0
	for c := range p {
		p[c] = math.Exp(logits.F64[(n*3+c)*20+v])
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
	return p
}

// TestLossesWithoutGolden computes the losses that have no golden in another formulation: by true and false
// positives and negatives of soft predictions, over the batch and per sample.
func TestLossesWithoutGolden(t *testing.T) {
	logits, target := sample()
	counts := func(samples []int, class int) (tp, fp, fn float64) {
		for _, n := range samples {
			for v := range 20 {
				p := probabilities(logits, n, v)[class]
				if int(target.F64[n*20+v]) == class {
					tp, fn = tp+p, fn+1-p
				} else {
					fp += p
				}
			}
		}
		return tp, fp, fn
	}
	mean := func(batch bool, f func(tp, fp, fn float64) float64) (r float64) {
		rows := [][]int{{0}, {1}}
		if batch {
			rows = [][]int{{0, 1}}
		}
		for _, row := range rows {
			r += (f(counts(row, 1)) + f(counts(row, 2))) / float64(2*len(rows))
		}
		return r
	}
	s := 1e-5
	for _, batch := range []bool{false, true} {
		truth := Truth{BatchDice: batch}
		for name, c := range map[string]struct {
			loss Loss
			want float64
		}{
			"iou": {IoU{truth}, mean(batch, func(tp, fp, fn float64) float64 { return (fp + fn) / (tp + fp + fn + s) })},
			"focal tversky": {Tversky{truth, 0.3, 0.7, 4.0 / 3}, mean(batch, func(tp, fp, fn float64) float64 {
				return math.Pow((0.3*fp+0.7*fn)/(tp+0.3*fp+0.7*fn+s), 0.75)
			})},
		} {
			if got, _ := withGradient(t, c.loss, logits, target); math.Abs(got-c.want) > 1e-12 {
				t.Errorf("%s, batch %v: %v, want %v", name, batch, got, c.want)
			}
		}
	}
	half := Tversky{Alpha: 0.5, Beta: 0.5, Gamma: 1}
	got, _ := withGradient(t, half, logits, target)
	want := mean(false, func(tp, fp, fn float64) float64 { return 1 - (2*tp+2*s)/(2*tp+fp+fn+2*s) })
	if math.Abs(got-want) > 1e-12 {
		t.Errorf("alpha = beta = 1/2: %v, want Dice, %v", got, want)
	}
}

// TestGradientsByDifferences compares the gradients of all losses with central differences, with labels, an
// ignore label, and regions.
func TestGradientsByDifferences(t *testing.T) {
	logits, target := sample()
	regions := engine.NewArray(engine.Float64, engine.Shape{2, 4, 4, 5})
	phi := engine.NewArray(engine.Float64, engine.Shape{2, 3, 4, 5})
	for i := range regions.F64 {
		regions.F64[i] = float64(i * i % 11 % 2)
	}
	for n := range 2 {
		copy(phi.F64[n*60:], target.F64[n*20:][:20])
		for i := range 40 {
			phi.F64[n*60+20+i] = math.Cos(float64(i))
		}
	}
	ramp := op.Ramp{Start: 0.3, Step: 0.1, End: 1}
	for _, c := range []struct {
		name   string
		loss   func(Truth) Loss
		phi    bool
		labels bool
	}{
		{"vnet_dice", func(h Truth) Loss { return VNetDice{h} }, false, false},
		{"generalised_dice", func(h Truth) Loss { return GeneralisedDice{h} }, false, false},
		{"iou", func(h Truth) Loss { return IoU{h} }, false, false},
		{"focal tversky", func(h Truth) Loss { return Tversky{h, 0.3, 0.7, 4.0 / 3} }, false, false},
		{"focal", func(h Truth) Loss { return Focal{Truth: h, Gamma: 2} }, false, false},
		{"topk", func(h Truth) Loss { return TopK{h, 30} }, false, false},
		{"boundary", func(h Truth) Loss { return RisingBoundary{Boundary{h}, ramp} }, true, true},
	} {
		truths := map[string]Truth{"labels": {}, "batch": {BatchDice: true}, "ignore": {Ignore: 3}}
		if !c.labels {
			truths["regions"] = Truth{Regions: true, IgnoreChannel: true}
		}
		for name, truth := range truths {
			y := target
			switch {
			case truth.Regions:
				y = regions
			case c.phi && truth.Ignore > 0:
				continue
			case c.phi:
				y = phi
			case truth.Ignore > 0:
				y = engine.Array{Shape: target.Shape, F64: slices.Clone(target.F64)}
				y.F64[3], y.F64[30] = 3, 3
			}
			l := c.loss(truth)
			_, gradient := withGradient(t, l, logits, y)
			for i := 0; i < len(gradient); i += 7 {
				h, was := 1e-5, logits.F64[i]
				logits.F64[i] = was + h
				up := evaluate(t, l, logits, y)
				logits.F64[i] = was - h
				down := evaluate(t, l, logits, y)
				logits.F64[i] = was
				if want := (up - down) / (2 * h); math.Abs(gradient[i]-want) > 1e-8 {
					t.Errorf("%s, %s: gradient %d is %v, differences give %v", c.name, name, i, gradient[i], want)
				}
			}
		}
	}
}

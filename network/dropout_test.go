package network

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/engine/ref"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// draw runs a network once at a moment, with its first values, and returns the finest logits.
func draw(t *testing.T, mode Mode, a plans.Architecture, patch []int, e engine.Executor, moment engine.Moment) []float32 {
	t.Helper()
	g := engine.NewGraph(engine.Float32)
	m, err := BuildFor(mode, g, a, g.Input("input", append(engine.Shape{2, 1}, patch...)), 2)
	if err != nil {
		t.Fatal(err)
	}
	p, err := engine.Compile(g, engine.Target{Inputs: []engine.Node{m.Input}, Parameters: m.Nodes(), Outputs: m.Outputs[:1]}, e)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, parameter := range m.Parameters { // score layers that begin at zero would hide everything
		v := make([]float32, parameter.Node.Shape().Size())
		for i := range v {
			v[i] = float32(i%7)/7 - 0.4
		}
		if parameter.Kind == block.RunningVariance || parameter.Kind == block.NormScale {
			v = slices.Repeat([]float32{1}, len(v))
		}
		if err := p.Set(parameter.Name, engine.Array{F32: v}); err != nil {
			t.Fatal(err)
		}
	}
	in, out := engine.NewArray(engine.Float32, m.Input.Shape()), engine.NewArray(engine.Float32, m.Outputs[0].Shape())
	for i := range in.F32 {
		in.F32[i] = float32(i%13) / 13
	}
	if err := p.Run(context.Background(), moment, []engine.Array{in}, []engine.Array{out}); err != nil {
		t.Fatal(err)
	}
	return out.F32
}

// TestDropout: in training every family drops by the seed and the step, with the same bits for every number
// of workers; in evaluation it is as if there were none.
func TestDropout(t *testing.T) {
	for _, family := range Families() {
		a, patch := planned(family, plans.InstanceNorm, 2)
		whole := draw(t, Evaluation, a, patch, ref.New(1), engine.Moment{})
		trained := draw(t, Training, a, patch, ref.New(1), engine.Moment{})
		a.Dropout = 0.3
		if !slices.Equal(whole, draw(t, Evaluation, a, patch, ref.New(1), engine.Moment{Seed: 1})) {
			t.Errorf("%s: evaluation drops", family)
		}
		var draws [][]float32
		for _, moment := range []engine.Moment{{Seed: 1, Step: 1}, {Seed: 1, Step: 2}, {Seed: 2, Step: 1}} {
			one := draw(t, Training, a, patch, ref.New(1), moment)
			if !slices.Equal(one, draw(t, Training, a, patch, ref.New(3), moment)) {
				t.Errorf("%s: the draw depends on the workers", family)
			}
			draws = append(draws, one)
		}
		if slices.Equal(draws[0], draws[1]) || slices.Equal(draws[0], draws[2]) || slices.Equal(draws[0], trained) {
			t.Errorf("%s: training does not drop by seed and step", family)
		}
		checkWorkers(t, family, a, patch)
	}
}

func checkWorkers(t *testing.T, family string, a plans.Architecture, patch []int) {
	t.Helper()
	var want []float32
	for _, workers := range []int{1, 2, 5} {
		e, err := cpu.New(cpu.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		got := draw(t, Training, a, patch, e, engine.Moment{Seed: 1, Step: 1})
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: cpu with %d workers gives other bits", family, workers)
		}
		e.Close()
	}
}

// TestDeepSupervision: the families that can give the logits of every decoder stage do, on the grids of the
// stages, finest first, and the others refuse in a sentence.
func TestDeepSupervision(t *testing.T) {
	for family, refusal := range map[string]string{"plain": "", "residual": "", "unet": "", "vnet": "", "fcn32s": "single resolution",
		"fcn16s": "single resolution", "fcn8s": "single resolution", "deconvnet": "single resolution",
		"unet_ct_dsv": "merges the scores", "attention_unet": "merges the scores"} {
		for _, dimensions := range []int{2, 3} {
			a, patch := planned(family, plans.InstanceNorm, dimensions)
			for _, on := range []bool{true, false} {
				a.Options = map[string]any{"deep_supervision": on}
				g := engine.NewGraph(engine.Float32)
				m, err := Build(g, a, g.Input("input", append(engine.Shape{1, 1}, patch...)), 3)
				switch {
				case on && refusal != "":
					if err == nil || !strings.Contains(err.Error(), refusal) {
						t.Errorf("%s: refused with %v, want %q", family, err, refusal)
					}
				case err != nil:
					t.Errorf("%s: %v", family, err)
				case !on && len(m.Outputs) != 1:
					t.Errorf("%s: %d outputs without deep supervision", family, len(m.Outputs))
				case on:
					checkGrids(t, m, patch)
				}
			}
		}
	}
}

func checkGrids(t *testing.T, m *Model, patch []int) {
	t.Helper()
	if len(m.Outputs) != 3 {
		t.Fatalf("%s: %d outputs, want 3", m.Architecture.Family, len(m.Outputs))
	}
	extent := slices.Clone(patch)
	for s, output := range m.Outputs {
		for i, n := range m.Architecture.Strides[s] {
			extent[i] /= n
		}
		if want := append(engine.Shape{1, 3}, extent...); !output.Shape().Equal(want) {
			t.Errorf("%s: output %d has shape %v, want %v", m.Architecture.Family, s, output.Shape(), want)
		}
	}
}

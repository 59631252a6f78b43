package inspect

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/engine/ref"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/network"
)

// result is result.json of a golden network.
type result struct {
	Loss           float64   `json:"loss"`
	Levels         []float64 `json:"loss_per_level_unweighted"`
	Norm           float64   `json:"grad_norm_before_clipping"`
	Without        []string  `json:"parameters_without_gradient"`
	BeforeEachStep []float64 `json:"loss_before_each_step"`
	AfterSteps     float64   `json:"loss_after_3_steps"`
	BatchDice      bool      `json:"batch_dice"`
	Parameters     int       `json:"n_parameters"`
}

// fixture is one folder of golden/network.
type fixture struct {
	dir     string
	network Network
	input   golden.Array
	targets []engine.Array
	want    result
}

func load(t *testing.T, dir string, executor engine.Executor, dtype engine.Dtype) *fixture {
	t.Helper()
	f := &fixture{dir: dir, input: golden.Npy(t, filepath.Join(dir, "input.npy"))}
	text, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f.want); err != nil {
		t.Fatal(err)
	}
	folder, err := model.Open(dir, model.Final)
	if err != nil {
		t.Fatal(err)
	}
	fold, err := folder.Weights("0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := folder.Plans.Configuration(fold.Configuration)
	if err != nil {
		t.Fatal(err)
	}
	labelling := folder.Description.Labelling
	f.network = Network{Architecture: c.Architecture, Classes: labelling.Heads(), Weights: fold.Tensors,
		Loss: loss.For(labelling, f.want.BatchDice), Dtype: dtype, Executor: executor}
	for i := 0; ; i++ {
		path := filepath.Join(dir, fmt.Sprintf("target_%d.npy", i))
		if _, err := os.Stat(path); err != nil {
			break
		}
		a := golden.Npy(t, path)
		f.targets = append(f.targets, engine.Of32(a.Shape, a.Float32()))
	}
	return f
}

// executors are what the goldens must hold on.
func executors(t *testing.T) map[string]engine.Executor {
	r := map[string]engine.Executor{"ref": ref.New(2)}
	for _, level := range []string{"", "avx2", "none"} {
		e, err := cpu.New(cpu.Options{Workers: 2, Level: level})
		if err != nil {
			t.Logf("level %q: %v", level, err)
			continue
		}
		r["cpu "+level] = e
	}
	return r
}

func folders(t *testing.T) []string {
	all, err := filepath.Glob(filepath.Join(golden.Shared(t, "golden", "network"), "*", "result.json"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no golden networks: %v", err)
	}
	for i, path := range all {
		all[i] = filepath.Dir(path)
	}
	return all
}

func TestGoldenNetworks(t *testing.T) {
	for name, executor := range executors(t) {
		for _, dir := range folders(t) {
			t.Run(name+"/"+filepath.Base(dir), func(t *testing.T) {
				f := load(t, dir, executor, engine.Float32)
				checkOutputs(t, f)
				checkGradients(t, f)
				checkSteps(t, f)
			})
		}
	}
}

// checkOutputs: within 1e-4 of the largest value (issue text; fp32_noise.json shows 1e-6 to 1e-5).
func checkOutputs(t *testing.T, f *fixture) {
	got, err := f.network.Outputs(context.Background(), f.input.Shape, f.input.Float32(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range got {
		want := golden.Npy(t, filepath.Join(f.dir, fmt.Sprintf("output_%d.npy", i)))
		largest := 0.0
		for _, v := range want.Data {
			largest = max(largest, math.Abs(v))
		}
		golden.Close(t, fmt.Sprintf("output_%d", i), a.F32, want, 1e-4*largest)
	}
}

// checkGradients: loss within 1e-5*max(1, |loss|); gradients by the formula of golden/classic/README.md,
// rms of the difference at most 1e-3 * max(rms of the array, 0.1 * rms of all gradients).
func checkGradients(t *testing.T, f *fixture) {
	g, err := f.network.Gradients(context.Background(), Sample{Shape: f.input.Shape, Input: f.input.Float32(), Targets: f.targets})
	if err != nil {
		t.Fatal(err)
	}
	if d := math.Abs(g.Loss - f.want.Loss); d > 1e-5*max(1, math.Abs(f.want.Loss)) {
		t.Errorf("loss %v, want %v", g.Loss, f.want.Loss)
	}
	for i, l := range g.Levels {
		if d := math.Abs(l - f.want.Levels[i]); d > 1e-5*max(1, math.Abs(f.want.Levels[i])) {
			t.Errorf("loss of level %d: %v, want %v", i, l, f.want.Levels[i])
		}
	}
	want := golden.Npz(t, filepath.Join(f.dir, "grads.npz"))
	sum, count := 0.0, 0
	for _, a := range want {
		for _, v := range a.Data {
			sum += v * v
		}
		count += len(a.Data)
	}
	all := math.Sqrt(sum / float64(count))
	for name, a := range want {
		got, ok := g.Of[name]
		if !ok {
			if !contains(f.want.Without, name) {
				t.Errorf("no gradient of %s", name)
			}
			continue
		}
		if d, size := golden.RootMeanSquare(got.F32, a); !(d <= 1e-3*max(size, 0.1*all)) {
			t.Errorf("gradient of %s: rms difference %.3g, rms %.3g (all: %.3g)", name, d, size, all)
		}
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// checkSteps: three steps of SGD with Nesterov momentum on one batch; parameters within 1e-4 relative
// rms of their change or value.
func checkSteps(t *testing.T, f *fixture) {
	m, err := f.network.build(network.Training, f.input.Shape)
	if err != nil {
		t.Fatal(err)
	}
	target, err := f.network.trainingTarget(m, f.targets)
	if err != nil {
		t.Fatal(err)
	}
	p, err := engine.Compile(m.Input.Graph(), target, f.network.Executor)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := f.network.load(p, m); err != nil {
		t.Fatal(err)
	}
	inputs := append([]engine.Array{f.network.array(f.input.Shape, f.input.Float32())}, f.targets...)
	out := []engine.Array{engine.NewArray(engine.Float32, engine.Shape{})}
	for i, want := range append(f.want.BeforeEachStep, f.want.AfterSteps) {
		rate := 0.01
		if i == len(f.want.BeforeEachStep) {
			rate = 0 // the last loss is only looked at; the parameters below are read before it
			compareParameters(t, f, m, p)
		}
		if err := p.Run(context.Background(), engine.Moment{Rate: rate, Step: i + 1}, inputs, out); err != nil {
			t.Fatal(err)
		}
		if d := math.Abs(value(out[0]) - want); d > 1e-5*max(1, math.Abs(want))*float64(1+3*i) {
			// Each step multiplies the rounding noise of the one before; 3 a step is what ref shows.
			t.Errorf("loss before step %d: %v, want %v", i, value(out[0]), want)
		}
	}
}

func compareParameters(t *testing.T, f *fixture, m *network.Model, p *engine.Program) {
	after := golden.Npz(t, filepath.Join(f.dir, "params_after_3_steps.npz"))
	for _, parameter := range m.Parameters {
		got := engine.NewArray(engine.Float32, parameter.Node.Shape())
		if err := p.Get(parameter.Name, got); err != nil {
			t.Fatal(err)
		}
		if d, size := golden.RootMeanSquare(got.F32, after[parameter.Name]); !(d <= 1e-4*size) {
			t.Errorf("%s after three steps: rms difference %.3g of %.3g", parameter.Name, d, size)
		}
	}
}

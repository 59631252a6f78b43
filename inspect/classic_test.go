package inspect

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/weights"
)

// classic is config.json of a folder of golden/classic.
type classic struct {
	dir        string
	network    Network
	input      golden.Array
	Mode       string  `json:"gradient_mode"`
	RMS        float64 `json:"gradient_rms"`
	Parameters int     `json:"trainable"`
}

func loadClassic(t *testing.T, dir string, executor engine.Executor) *classic {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := &classic{dir: dir, input: golden.Npy(t, filepath.Join(dir, "input.npy"))}
	if err := json.Unmarshal(text, c); err != nil {
		t.Fatal(err)
	}
	config, err := network.ReadConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	c.network = Network{Executor: executor}
	if c.network.Architecture, err = config.Architecture(); err != nil {
		t.Fatal(err)
	}
	c.network.Classes = config.Classes
	if c.network.Weights, err = weights.ReadNumPy(filepath.Join(dir, "weights.npz")); err != nil {
		t.Fatal(err)
	}
	return c
}

// outputs returns the logits and the taps.
func (c *classic) outputs(t *testing.T, s Statistics, taps ...string) []engine.Array {
	t.Helper()
	n := c.network
	n.Statistics = s
	out, err := n.Outputs(context.Background(), c.input.Shape, c.input.Float32(), taps)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// closeTo holds an array against the goldens' 1e-4 of the largest value, at least of 1.
func closeTo(t *testing.T, name string, got engine.Array, want golden.Array) {
	t.Helper()
	if !got.Shape.Equal(engine.Shape(want.Shape)) {
		t.Errorf("%s: shape %v, want %v", name, got.Shape, want.Shape)
		return
	}
	largest := 1.0
	for _, v := range want.Data {
		largest = max(largest, math.Abs(v))
	}
	if d := golden.LargestDifference(got.F32, want); !(d <= 1e-4*largest) {
		t.Errorf("%s: largest difference %.3g, largest value %.3g", name, d, largest)
	}
}

func TestClassicNetworks(t *testing.T) {
	all, err := filepath.Glob(filepath.Join(golden.Shared(t, "golden", "classic"), "*", "config.json"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no golden networks: %v", err)
	}
	for name, executor := range executors(t) {
		for _, path := range all {
			dir := filepath.Dir(path)
			t.Run(name+"/"+filepath.Base(dir), func(t *testing.T) {
				c := loadClassic(t, dir, executor)
				closeTo(t, "output", c.outputs(t, Default)[0], golden.Npy(t, filepath.Join(dir, "output.npy")))
				if trained := filepath.Join(dir, "output_train.npy"); exists(trained) {
					closeTo(t, "output in training", c.outputs(t, OfBatch)[0], golden.Npy(t, trained))
				}
				checkClassicGradients(t, c)
				if name == "ref" {
					checkTrace(t, c)
				}
				checkTaps(t, c, "switches.npz")
				checkTaps(t, c, "attention.npz")
			})
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// checkClassicGradients holds the gradients, in the mode that the goldens name, against the tolerance of
// their README; the mode that Gradients chooses by itself must be that one.
func checkClassicGradients(t *testing.T, c *classic) {
	cotangent := golden.Npy(t, filepath.Join(c.dir, "cotangent.npy"))
	array := engine.Of32(cotangent.Shape, cotangent.Float32())
	g, err := c.network.Gradients(context.Background(), Sample{Shape: c.input.Shape, Input: c.input.Float32(), Cotangent: &array})
	if err != nil {
		t.Fatal(err)
	}
	want := golden.Npz(t, filepath.Join(c.dir, "grads.npz"))
	count := 0
	for name, a := range want {
		got, ok := g.Of[name]
		if !ok {
			t.Errorf("no gradient of %s", name)
			continue
		}
		if name != InputName {
			count += got.Shape.Size()
		}
		if d, size := golden.RootMeanSquare(got.F32, a); !(d <= 1e-3*max(size, 0.1*c.RMS)) {
			t.Errorf("gradient of %s: rms difference %.3g, rms %.3g (all: %.3g)", name, d, size, c.RMS)
		}
	}
	if len(g.Of) != len(want) || count != c.Parameters {
		t.Errorf("gradients of %d arrays with %d parameters, want %d and %d", len(g.Of), count, len(want), c.Parameters)
	}
}

// checkTrace compares every module of the golden network with the layer of the same name.
func checkTrace(t *testing.T, c *classic) {
	var trace []struct {
		Module    string
		Shape     []int
		Mean, RMS float64
		First     []float64
	}
	text, err := os.ReadFile(filepath.Join(c.dir, "trace.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &trace); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range trace {
		names = append(names, m.Module)
	}
	for i, got := range c.outputs(t, Default, names...)[1:] {
		m := trace[i]
		if !got.Shape.Equal(engine.Shape(m.Shape)) {
			t.Errorf("%s: shape %v, want %v", m.Module, got.Shape, m.Shape)
			continue
		}
		squares := 0.0
		for _, v := range got.F32 {
			squares += float64(v) * float64(v)
		}
		if rms := math.Sqrt(squares / float64(len(got.F32))); math.Abs(rms-m.RMS) > 1e-4*max(1, m.RMS) {
			t.Errorf("%s: rms %.7g, want %.7g", m.Module, rms, m.RMS)
		}
		for k, v := range m.First {
			if math.Abs(float64(got.F32[k])-v) > 1e-4*max(1, m.RMS) {
				t.Errorf("%s: value %d is %.7g, want %.7g", m.Module, k, got.F32[k], v)
			}
		}
	}
}

// checkTaps compares a file of arrays with the layers that it names. Switches must be equal.
func checkTaps(t *testing.T, c *classic, file string) {
	if !exists(filepath.Join(c.dir, file)) {
		return
	}
	want := golden.Npz(t, filepath.Join(c.dir, file))
	var names []string
	for name := range want {
		names = append(names, name)
	}
	for i, got := range c.outputs(t, Default, names...)[1:] {
		if file == "switches.npz" {
			if d := golden.LargestDifference(got.F32, want[names[i]]); d != 0 {
				t.Errorf("%s: switches differ", names[i])
			}
			continue
		}
		closeTo(t, names[i], got, want[names[i]])
	}
}

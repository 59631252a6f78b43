package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

// TestNetworkOfConfig runs a golden network from its config and weights, forward with taps and backward.
func TestNetworkOfConfig(t *testing.T) {
	dir, out := golden.Shared(t, "golden", "classic", "unet_same"), t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	source := []string{"--arch-config", file("config.json"), "--weights", file("weights.npz"), "--input", file("input.npy")}
	for flag, want := range map[string]string{"--train-mode=false": "output.npy", "--train-mode": "output_train.npy"} {
		y := filepath.Join(out, "y.npz")
		if status, _, stderr := execute(append([]string{"network", "run", "--output", y, "--taps", "enc.1.0.norm", flag}, source...)...); status != 0 {
			t.Fatalf("status %d: %s", status, stderr)
		}
		got := golden.Npz(t, y)
		expected := golden.Npy(t, file(want))
		golden.Close(t, want, got["output_0"].Float32(), expected, 6e-4) // 1e-4 of the largest logits, at least 6
		if tap := got["enc.1.0.norm"]; len(tap.Shape) != 4 || tap.Shape[1] != 12 {
			t.Errorf("tap of shape %v", tap.Shape)
		}
	}
	gradients := filepath.Join(out, "g.npz")
	if status, _, stderr := execute(append([]string{"network", "grad", "--output", gradients, "--cotangent", file("cotangent.npy")}, source...)...); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	got := golden.Npz(t, gradients)
	for name, want := range golden.Npz(t, file("grads.npz")) {
		if d, size := golden.RootMeanSquare(got[name].Float32(), want); d > 1e-3*max(size, 2.4) { // a tenth of gradient_rms
			t.Errorf("gradient of %s: rms difference %.3g of %.3g", name, d, size)
		}
	}
}

func TestNetworkSummaryOfArchitecture(t *testing.T) {
	for args, want := range map[string]int{
		"--arch unet": 31030658, "--arch fcn8s --widths 4,8,16,32,32": 531731, "--arch attention_unet": 6407018, "--arch vnet --widths 1,2,4,8,16": 255119,
	} {
		status, stdout, stderr := execute(strings.Fields("network summary --json " + args)...)
		var s struct{ Parameters int }
		if err := json.Unmarshal([]byte(stdout), &s); status != 0 || err != nil {
			t.Fatalf("%s: status %d, %v: %s", args, status, err, stderr)
		}
		if s.Parameters != want {
			t.Errorf("%s: %d parameters, want %d", args, s.Parameters, want)
		}
	}
}

func TestNetworkRefuses(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(broken, []byte(`{"network": "unet", "width": 3}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   string
		status int
		want   string
	}{
		"no network":       {"network run --input x.npy --output y.npz", statusUsage, "--model is missing"},
		"no weights":       {"network run --arch-config c.json --input x.npy --output y.npz", statusUsage, "--weights is missing"},
		"two networks":     {"network run --model m --arch-config c.json --input x.npy --output y.npz", statusUsage, "both name a network"},
		"unknown word":     {"network summary --arch-config " + broken, statusInput, `unknown field "width"`},
		"unknown name":     {"network summary --arch segnet", statusInput, `"segnet" is not known`},
		"empty batch":      {"network summary --arch unet --batch 0", statusUsage, "--batch 0: want a positive number"},
		"negative batch":   {"network summary --arch unet --batch -2", statusUsage, "--batch -2: want a positive number"},
		"patch of strides": {"network summary --arch attention_unet --patch 33,32,32", statusInput, "33"},
		"unpadded patch":   {"network summary --arch unet --patch 100,100", statusInput, "the next one that does is 188"},
		"memory":           {"bench step --preset hippocampus-3d --batch 1000000", statusInput, "more than the "},
		"patch of axes":    {"network summary --arch unet --patch 8,8,8", statusUsage, "the network has 2 axes"},
	} {
		status, _, stderr := execute(strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: status %d with %q, want %d with %q", name, status, stderr, c.status, c.want)
		}
	}
}

// TestModelImportRefusesOtherNetworks gives a model the checkpoint of another one.
func TestModelImportRefusesOtherNetworks(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "m")
	for _, f := range []struct{ network, name string }{{"plain2d", "plans.json"}, {"plain2d", "dataset.json"}, {"resenc2d", "fold_0/checkpoint_final.pth"}} {
		content, err := os.ReadFile(golden.Shared(t, "golden", "network", f.network, f.name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if status, _, stderr := execute("model", "import", dir, "-o", out); status != statusInput || !strings.Contains(stderr, "fold 0: the weights lack") {
		t.Errorf("status %d with %q, want a refusal of the weights", status, stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a refused model left a folder behind")
	}
}

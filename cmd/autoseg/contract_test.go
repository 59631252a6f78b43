package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

// TestJSONIsOneDocument runs verbs that once printed nothing, text, or null for an empty list.
func TestJSONIsOneDocument(t *testing.T) {
	classic := golden.Shared(t, "golden", "classic", "unet_same")
	data, plan := trainable(t, nil)
	out := t.TempDir()
	for name, test := range map[string]struct {
		args []string
		want string // a part of the compacted document
	}{
		"verify": {[]string{"verify", data}, `"findings":[`},
		"network run": {[]string{"network", "run", "--arch-config", filepath.Join(classic, "config.json"), "--weights", filepath.Join(classic, "weights.npz"),
			"--input", filepath.Join(classic, "input.npy"), "--output", filepath.Join(out, "y.npz")}, `"arrays":{"output_0":[`},
		"plan into a file": {[]string{"plan", data, "-o", filepath.Join(out, "plan.yaml")}, `"plans_name":"nnUNetPlans"`},
		"plan explain":     {[]string{"plan", "explain", plan}, `"field":"format"`},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := execute(append(test.args, "--json", "-q")...)
			var document json.RawMessage
			if err := json.Unmarshal([]byte(stdout), &document); err != nil || status != statusDone {
				t.Fatalf("exit status %d, %v, stderr %q", status, err, stderr)
			}
			compact, err := json.Marshal(document)
			if err != nil || !strings.Contains(string(compact), test.want) {
				t.Errorf("%.200s does not hold %s (%v)", compact, test.want, err)
			}
		})
	}
	if text, err := os.ReadFile(filepath.Join(out, "plan.yaml")); err != nil || !strings.HasPrefix(string(text), "#") {
		t.Errorf("the file of -o is not YAML beside --json: %.60q %v", text, err)
	}
}

// TestMistakesOnThePath names a run for a model, a text for an image, one thing twice.
func TestMistakesOnThePath(t *testing.T) {
	classic := golden.Shared(t, "golden", "classic", "unet_same")
	run := t.TempDir()
	fold := filepath.Join(run, "models", "2d", "fold_0")
	if err := os.MkdirAll(fold, 0o777); err != nil {
		t.Fatal(err)
	}
	input := filepath.Join(classic, "input.npy")
	summary := filepath.Join(run, "summary.json")
	if err := os.WriteFile(summary, []byte(`{"metric_per_case": [], "mean": {}, "foreground_mean": {}}`), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"run for a model": {[]string{"predict", "--model", run, "-i", run, "-o", filepath.Join(run, "out")}, statusInput,
			"name one of the models in it: " + filepath.Join(run, "models", "2d")},
		"output is the input": {[]string{"network", "run", "--model", "m", "--input", input, "--output", input}, statusUsage, "the same file"},
		"gradients into the input": {[]string{"network", "grad", "--model", "m", "--input", input, "--cotangent", summary, "--output", input}, statusUsage,
			"--output is the input file"},
		"two networks":      {[]string{"network", "summary", "--arch", "unet", "--plan", "p"}, statusUsage, "each name a network"},
		"summary twice":     {[]string{"evaluate", "--rank", summary, run}, statusUsage, "is named twice"},
		"label twice":       {[]string{"evaluate", "--reference", "r", "--prediction", "p", "--labels", "1,2,1"}, statusUsage, "names 1 twice"},
		"ignored label":     {[]string{"evaluate", "--reference", "r", "--prediction", "p", "--labels", "1", "--ignore", "1"}, statusUsage, "either measured or left out"},
		"negative ignore":   {[]string{"evaluate", "--reference", "r", "--prediction", "p", "--labels", "1", "--ignore", "-3"}, statusUsage, "--ignore -3"},
		"Dice of no number": {[]string{"reproduce", run, "--least-dice", "NaN"}, statusUsage, "want a number from 0 to 1"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := execute(test.args...)
			if status != test.status || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("exit status %d, stdout %q, stderr %q; want %d and %q", status, stdout, stderr, test.status, test.want)
			}
		})
	}
}

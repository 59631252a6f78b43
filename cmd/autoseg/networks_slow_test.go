//go:build slow

package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/phantom"
)

// TestSlowNetworks trains two classic networks on the demo's dataset, in 2D and in 3D, as the table of
// docs/networks does with all of them, and expects them to find both organs of the validation cases.
func TestSlowNetworks(t *testing.T) {
	dataset := filepath.Join(t.TempDir(), "phantom")
	if err := phantom.Write(dataset, phantom.DefaultOptions()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ network, configuration string }{
		{"fcn8s", "2d"}, {"fcn8s", "3d_fullres"}, {"attention_unet", "2d"},
	} {
		t.Run(test.network+" "+test.configuration, func(t *testing.T) {
			dir := t.TempDir()
			plan := filepath.Join(dir, "plan.yaml")
			for _, arguments := range [][]string{
				{"plan", dataset, "--network", test.network, "-o", plan},
				{"train", dataset, "--plan", plan, "--config", test.configuration, "--fold", "0", "--epochs", "10", "--iterations", "25", "-o", dir},
			} {
				if status, _, stderr := execute(arguments...); status != statusDone {
					t.Fatalf("%v: exit status %d, %s", arguments, status, stderr)
				}
			}
			found, err := filepath.Glob(filepath.Join(dir, "models", "*", "fold_0", "validation", "summary.json"))
			if err != nil || len(found) != 1 {
				t.Fatalf("summaries %v, %v", found, err)
			}
			summary, err := evaluate.Read(found[0])
			if err != nil {
				t.Fatal(err)
			}
			if dice := summary.Foreground["Dice"]; !(dice >= 0.7) {
				text, _ := json.Marshal(summary.Mean)
				t.Errorf("mean Dice %.3f, want at least 0.7: %s", dice, text)
			} else {
				t.Logf("mean Dice %.3f", dice)
			}
		})
	}
}

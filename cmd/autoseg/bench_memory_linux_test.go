package main

import (
	"encoding/json"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/inspect"
	"github.com/autoseg/autoseg/loss"
)

// TestPredictedMemory holds the memory that network summary predicts against what the operating system
// counts for a process of its own: within 10 %.
func TestPredictedMemory(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "autoseg")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	executor, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer executor.Close()
	step := func(preset string, batch int) float64 {
		p := trainingPresets()[preset]
		n := inspect.Network{Architecture: p.architecture, Classes: p.classes, Executor: executor, Loss: loss.ForLabels{BatchDice: p.batchDice, Ignore: loss.NoIgnore}}
		m, err := n.TrainingMemory(append(engine.Shape{batch, p.channels}, p.patch...))
		if err != nil {
			t.Fatal(err)
		}
		return m.MB()
	}
	hippocampus := tilePresets()["tile-hippocampus"]
	n := inspect.New(hippocampus.plans().Configurations[0], 3, executor)
	tile, err := n.PredictionMemory(append(engine.Shape{1, 1}, hippocampus.patch...))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args      string
		predicted float64
	}{
		{"bench step --preset hippocampus-2d --batch 4 --runs 1", step("hippocampus-2d", 4)},
		{"bench step --preset hippocampus-2d --batch 32 --runs 1", step("hippocampus-2d", 32)},
		{"bench step --preset hippocampus-3d --batch 1 --runs 1", step("hippocampus-3d", 1)},
		{"bench predict --preset tile-hippocampus --runs 1", tile.MB()},
	} {
		t.Run(c.args, func(t *testing.T) {
			out, err := exec.Command(binary, append(strings.Fields(c.args), "--threads", "2", "--json")...).Output()
			if err != nil {
				t.Fatal(err)
			}
			var s stepSpeed
			if err := json.Unmarshal(out, &s); err != nil {
				t.Fatal(err)
			}
			t.Logf("predicted %.1f MB, measured %.1f MB", c.predicted, s.PeakRSS)
			if math.Abs(c.predicted/s.PeakRSS-1) > 0.1 {
				t.Errorf("predicted %.1f MB, measured %.1f MB", c.predicted, s.PeakRSS)
			}
		})
	}
}

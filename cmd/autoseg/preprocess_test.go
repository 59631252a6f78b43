package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

func TestPreprocessVerb(t *testing.T) {
	data := golden.Shared(t, "golden", "preprocess", "ct_aniso_2d")
	plan, out := filepath.Join(data, "plans.json"), t.TempDir()
	command := []string{"preprocess", data, "--plan", plan, "--config", "2d", "-o", out, "--json"}
	for _, round := range []struct {
		name string
		work bool
	}{{"first", true}, {"again", false}} {
		status, stdout, stderr := execute(command...)
		if status != statusDone {
			t.Fatalf("%s: exit status %d: %s", round.name, status, stderr)
		}
		var result preprocessed
		if err := json.Unmarshal([]byte(stdout), &result); err != nil {
			t.Fatalf("%s: %v in %q", round.name, err, stdout)
		}
		if !slices.Equal(result.Cases, []string{"case_000", "case_001"}) || (result.MemoryMB > 0) != round.work {
			t.Errorf("%s: %+v", round.name, result)
		}
	}
	for _, ending := range []string{".data.npy", ".seg.npy", ".locations.npz", ".yaml"} {
		if _, err := os.Stat(filepath.Join(out, "preprocessed", "2d", "case_000"+ending)); err != nil {
			t.Error(err)
		}
	}
}

func TestPreprocessVerbRefuses(t *testing.T) {
	data := golden.Shared(t, "golden", "preprocess", "ct_aniso_2d")
	plan := filepath.Join(data, "plans.json")
	for name, c := range map[string]struct {
		args []string
		want int
	}{
		"no plan":         {[]string{data, "--config", "2d"}, statusUsage},
		"no such dataset": {[]string{"nowhere", "--plan", plan, "--config", "2d"}, statusInput},
		"no such config":  {[]string{data, "--plan", plan, "--config", "4d"}, statusInput},
		"no such case":    {[]string{data, "--plan", plan, "--config", "2d", "--cases", "x"}, statusInput},
	} {
		args := append([]string{"preprocess"}, c.args...)
		if status, _, stderr := execute(append(args, "-o", t.TempDir())...); status != c.want {
			t.Errorf("%s: exit status %d, want %d: %s", name, status, c.want, stderr)
		}
	}
}

func TestBenchPreprocess(t *testing.T) {
	status, stdout, stderr := execute("bench", "preprocess", "--shape", "8,32,32", "--to", "12,20,20", "--separate-z", "--json")
	var speed resamplingSpeed
	if err := json.Unmarshal([]byte(stdout), &speed); err != nil || status != statusDone {
		t.Fatalf("exit status %d, %v: %s", status, err, stderr)
	}
	if speed.Seconds <= 0 || speed.Branch != "separate_z" || speed.To != [3]int{12, 20, 20} {
		t.Errorf("%+v", speed)
	}
	if status, _, _ := execute("bench", "preprocess", "--shape", "8,0,32"); status != statusUsage {
		t.Errorf("an empty shape: exit status %d, want %d", status, statusUsage)
	}
}

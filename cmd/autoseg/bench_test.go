package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestBenchEngine(t *testing.T) {
	for name, test := range map[string]struct {
		args   string
		fields []string // that must be positive
	}{
		"convolution":       {"bench conv --batch 1 --in 2 --out 3 --extent 4,5,6 --runs 1", []string{"ms", "gflops", "peak_fraction"}},
		"block with stride": {"bench conv --batch 2 --in 16 --out 8 --extent 9,8 --kernel 3,1 --stride 2 --block --runs 1", []string{"ms", "gflops", "peak_fraction"}},
		"step":              {"bench step --preset hippocampus-2d --batch 1 --runs 1", []string{"s"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := execute(append(strings.Fields(test.args), "--json")...)
			if status != 0 {
				t.Fatalf("exit status %d: %s", status, stderr)
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(stdout), &got); err != nil {
				t.Fatal(err)
			}
			for _, f := range test.fields {
				if v, ok := got[f].(float64); !ok || !(v > 0) {
					t.Errorf("%s is %v, want a positive number", f, got[f])
				}
			}
		})
	}
}

func TestBenchEngineUsage(t *testing.T) {
	for name, test := range map[string]struct{ args, want string }{
		"even kernel":     {"bench conv --kernel 2,3,3", "odd kernels"},
		"mixed axes":      {"bench conv --extent 8,8", "two or three numbers each"},
		"no channels":     {"bench conv --in 0", "want a positive number"},
		"no runs":         {"bench conv --runs 0", "--runs 0"},
		"no network":      {"bench step", "either --preset or --plan"},
		"unknown preset":  {"bench step --preset liver", "want one of hippocampus-2d, hippocampus-3d"},
		"two networks":    {"bench step --preset hippocampus-2d --plan x", "either --preset or --plan"},
		"negative batch":  {"bench step --preset hippocampus-2d --batch -1", "--batch -1"},
		"unexpected word": {"bench conv now", "unexpected argument"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := execute(strings.Fields(test.args)...)
			if status != statusUsage || !strings.Contains(stderr, test.want) {
				t.Errorf("exit status %d, %q, want %d and %q", status, stderr, statusUsage, test.want)
			}
		})
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

func TestRunRejectsWrongUsage(t *testing.T) {
	for name, test := range map[string]struct {
		args string
		want string
	}{
		"no dataset":        {"run", "DATASET is missing"},
		"two datasets":      {"run a b", `unexpected argument "b"`},
		"a bad budget":      {"run a --budget soon", "want a time such as"},
		"a negative budget": {"run a --budget -5m", "want a positive time"},
		"negative epochs":   {"run a --epochs -1", "want a positive number"},
		"a bad size":        {"run a --max-memory much", "want a size like 4GB"},
		"unknown network":   {"run a --network plian", `did you mean "plain"?`},
		"unknown planner":   {"run a --planner resenc", `did you mean "resenc-m"?`},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := execute(strings.Fields(test.args)...)
			if status != statusUsage || !strings.Contains(stderr, test.want) {
				t.Errorf("exit status %d, stderr %q, want 2 and %q", status, stderr, test.want)
			}
		})
	}
}

func TestRunRejectsBadInput(t *testing.T) {
	empty := t.TempDir()
	out := filepath.Join(t.TempDir(), "run")
	for name, dataset := range map[string]string{"an empty folder": empty, "no folder": filepath.Join(empty, "none")} {
		status, _, stderr := execute("run", dataset, "-o", out)
		if status != statusInput || stderr == "" {
			t.Errorf("%s: exit status %d, stderr %q, want 3 and a reason", name, status, stderr)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a run folder was made")
	}
}

func TestCommandLineHoldsNoPath(t *testing.T) {
	var f runFlags
	cmd := &cobra.Command{Use: "run"}
	f.register(cmd)
	args := []string{"-o", "/home/anna/runs/liver", "--plan", "/home/anna/plan.yaml", "--configs", "2d,3d_fullres", "--budget", "30m", "--yes"}
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	got := commandLine(cmd, "liver")
	if want := "run liver --budget 30m0s --configs 2d,3d_fullres --output liver --plan plan.yaml --yes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if f.budget != 30*time.Minute {
		t.Errorf("budget %v", f.budget)
	}
}

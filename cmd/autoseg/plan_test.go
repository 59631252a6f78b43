package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/internal/jsonx"
)

// goldenFlags returns the flags that name the golden 260-case fingerprint.
func goldenFlags(t *testing.T) (flags []string, dir string) {
	dir = golden.Shared(t, "golden", "plans", "Dataset004_Hippocampus")
	return []string{"plan", "--fingerprint", filepath.Join(dir, "dataset_fingerprint.json"),
		"--dataset-json", filepath.Join(dir, "dataset.json")}, dir
}

func TestPlanEqualsNNUNet(t *testing.T) {
	flags, dir := goldenFlags(t)
	for file, more := range map[string][]string{
		"nnUNetPlans.json":            {"--format", "nnunet"},
		"nnUNetResEncUNetLPlans.json": {"--format", "nnunet", "--planner", "resenc-l"},
	} {
		status, stdout, stderr := execute(append(flags, more...)...)
		if status != statusDone {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
		want, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		g, err := jsonx.Parse([]byte(stdout))
		if err != nil {
			t.Fatal(err)
		}
		w, _ := jsonx.Parse(want)
		if d := jsonx.Difference(g, w); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
}

func TestPlanKeepsEditsAndComments(t *testing.T) {
	flags, _ := goldenFlags(t)
	path := filepath.Join(t.TempDir(), "plan.yaml")
	flags = append(flags, "-o", path)
	for range 2 { // the second time nothing changes
		if status, _, stderr := execute(flags...); status != statusDone {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(text), "batch_size: 9", "batch_size: 4 # mine", 1)
	if err := os.WriteFile(path, []byte(edited), 0o666); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := execute(flags...)
	if status != statusInput || !strings.Contains(stderr, "--replan") {
		t.Errorf("an edited plan: exit status %d, %s", status, stderr)
	}
	if now, _ := os.ReadFile(path); string(now) != edited {
		t.Error("an edited plan was changed")
	}
	if status, _, stderr := execute(append(flags, "--replan")...); status != statusDone {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	if now, _ := os.ReadFile(path); !strings.Contains(string(now), "batch_size: 9 # mine") {
		t.Error("planning anew lost the comment or kept the edit")
	}
}

func TestPlanExplain(t *testing.T) {
	flags, _ := goldenFlags(t)
	path := filepath.Join(t.TempDir(), "plan.yaml")
	if status, _, stderr := execute(append(flags, "-o", path)...); status != statusDone {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	status, stdout, _ := execute("plan", "explain", path)
	if status != statusDone || !strings.Contains(stdout, "patch_size = [40, 56, 40]") || !strings.Contains(stdout, "5 %") {
		t.Errorf("exit status %d, %s", status, stdout)
	}
	status, stdout, _ = execute("plan", "explain", path, "--json")
	if _, err := jsonx.Parse([]byte(stdout)); status != statusDone || err != nil {
		t.Errorf("exit status %d, %v", status, err)
	}
}

func TestPlanUsage(t *testing.T) {
	for name, c := range map[string]struct {
		args   string
		status int
		want   string
	}{
		"nothing":            {"plan", statusUsage, "give a DATASET folder"},
		"half":               {"plan --fingerprint f.json", statusUsage, "together"},
		"both":               {"plan D --fingerprint f.json --dataset-json d.json", statusUsage, "not both"},
		"planner":            {"plan D --planner defualt", statusUsage, `did you mean "default"?`},
		"network":            {"plan D --network attention", statusUsage, "want one of plain"},
		"format":             {"plan D --format json", statusUsage, "want one of yaml, nnunet"},
		"negative memory":    {"plan D --memory-gb -3", statusUsage, "positive"},
		"memory of 2018":     {"plan D --planner decathlon-2018 --memory-gb 12", statusUsage, "takes no memory"},
		"two spacings":       {"plan D --target-spacing 1,2", statusUsage, "three numbers"},
		"missing files":      {"plan --fingerprint none.json --dataset-json none2.json", statusInput, "none2.json"},
		"explain without":    {"plan explain", statusUsage, "PLAN is missing"},
		"explain of nothing": {"plan explain none.yaml", statusInput, "none.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := execute(strings.Fields(c.args)...)
			if status != c.status || !strings.Contains(stderr, c.want) {
				t.Errorf("exit status %d and %q, want %d and %q", status, stderr, c.status, c.want)
			}
		})
	}
}

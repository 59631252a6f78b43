package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// row writes a segmentation of one row, from digits.
func row(t *testing.T, path, digits string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	l := volume.NewLabels(volume.NewGeometry([3]int{1, 1, len(digits)}, [3]float64{1, 1, 2}))
	for i, d := range digits {
		l.Data[i] = uint16(d - '0')
	}
	if err := dataset.Formats().WriteLabels(path, l); err != nil {
		t.Fatal(err)
	}
}

// segmentations writes references, and two folders of predictions of which the second is better.
func segmentations(t *testing.T) (reference, worse, better string) {
	dir := t.TempDir()
	reference, worse, better = filepath.Join(dir, "ref"), filepath.Join(dir, "worse"), filepath.Join(dir, "better")
	for i, id := range []string{"a", "b", "c", "d", "e"} {
		row(t, filepath.Join(reference, id+".nii.gz"), "0111100000"[:6+i])
		row(t, filepath.Join(worse, id+".nii.gz"), "0111110000"[:6+i])
		row(t, filepath.Join(better, id+".nii.gz"), "0111100000"[:6+i])
	}
	return reference, worse, better
}

func TestEvaluateWithSurfaces(t *testing.T) {
	reference, worse, _ := segmentations(t)
	csv := filepath.Join(t.TempDir(), "cases.csv")
	status, stdout, stderr := execute("evaluate", "--reference", reference, "--prediction", worse, "--labels", "1", "--surface", "--csv", csv, "--json")
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	var summary struct {
		Mean       map[string]map[string]float64
		Statistics map[string]map[string]struct {
			Cases int
			CI95  []float64
		}
	}
	if err := json.Unmarshal([]byte(stdout), &summary); err != nil {
		t.Fatal(err)
	}
	// One voxel of 2 mm too many behind four: the ends of the row are its surface, so the distances are 0 and 2.
	for metric, want := range map[string]float64{"Dice": 8. / 9, "HD": 2, "HD95": 1.9, "ASSD": 1, "S2S": 1, "AVD": 0.4, "SurfaceDice": 0.5} {
		if got := summary.Mean["1"][metric]; got < want-1e-12 || got > want+1e-12 {
			t.Errorf("%s: got %v, want %v", metric, got, want)
		}
	}
	if s := summary.Statistics["1"]["Dice"]; s.Cases != 5 || len(s.CI95) != 2 {
		t.Errorf("statistics %+v", s)
	}
	table, err := os.ReadFile(csv)
	if err != nil || strings.Count(string(table), "\n") != 6 {
		t.Errorf("table of cases: %v\n%s", err, table)
	}
}

func TestEvaluateComparesAndRanks(t *testing.T) {
	reference, worse, better := segmentations(t)
	status, stdout, stderr := execute("evaluate", "--reference", reference, "--prediction", better, "--compare", worse, "--labels", "1", "--json")
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	// Five equal differences of 1/9: p = 2/32.
	if !strings.Contains(stdout, `"p": 0.0625`) || !strings.Contains(stdout, `"mean": 0.1111`) {
		t.Errorf("comparison: %s", stdout)
	}
	for _, dir := range []string{worse, better} {
		if status, _, stderr := execute("evaluate", "--reference", reference, "--prediction", dir, "--labels", "1", "-o", filepath.Join(dir, "summary.json")); status != 0 {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
	}
	status, stdout, stderr = execute("evaluate", "--rank", worse, filepath.Join(better, "summary.json"), "--json")
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	var result struct {
		Ranking []struct {
			Rank  int
			Model string
		}
	}
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		t.Fatal(err)
	}
	// One-sided p = 1/32 is significant.
	if r := result.Ranking; len(r) != 2 || r[0].Model != "better" || r[0].Rank != 1 || r[1].Rank != 2 {
		t.Errorf("ranking %+v", r)
	}
}

func TestEvaluateRefuses(t *testing.T) {
	reference, worse, _ := segmentations(t)
	if err := os.Remove(filepath.Join(worse, "c.nii.gz")); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no labels":          {[]string{"--reference", reference, "--prediction", worse}, statusUsage, "--labels"},
		"a label too high":   {[]string{"--reference", reference, "--prediction", worse, "--labels", "70000"}, statusUsage, "--labels 70000"},
		"unknown form":       {[]string{"--reference", reference, "--prediction", worse, "--labels", "1", "--surface", "--avd", "mean"}, statusUsage, `form "mean"`},
		"negative tolerance": {[]string{"--reference", reference, "--prediction", worse, "--labels", "1", "--surface", "--tolerance-mm", "-1"}, statusUsage, "tolerance -1 mm"},
		"missing prediction": {[]string{"--reference", reference, "--prediction", worse, "--labels", "1"}, statusInput, "c.nii.gz has no prediction"},
		"one to rank":        {[]string{"--rank", worse}, statusUsage, "SUMMARY... is missing"},
		"nothing to rank":    {[]string{"--rank", worse, reference}, statusInput, "summary.json"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := execute(append([]string{"evaluate"}, test.args...)...)
			if status != test.status || !strings.Contains(stderr, test.want) {
				t.Errorf("exit status %d, stderr %q; want %d and %q", status, stderr, test.status, test.want)
			}
		})
	}
}

func TestPostprocessVerb(t *testing.T) {
	dir := t.TempDir()
	row(t, filepath.Join(dir, "in", "x.nii.gz"), "1110010")
	rules := filepath.Join(dir, "selection.yaml")
	if err := os.WriteFile(rules, []byte("postprocessing: {rules: [{keep_largest: {labels: [1]}}]}"), 0o644); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := execute("postprocess", "-i", filepath.Join(dir, "in"), "-o", filepath.Join(dir, "out"), "--rules", rules)
	if status != 0 || !strings.Contains(stdout, "1 segmentations") {
		t.Fatalf("exit status %d, %q, %s", status, stdout, stderr)
	}
	got, err := dataset.Formats().ReadLabels(filepath.Join(dir, "out", "x.nii.gz"))
	if err != nil || got.Data[5] != 0 || got.Data[2] != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	if status, _, stderr := execute("postprocess", "-i", filepath.Join(dir, "in"), "-o", filepath.Join(dir, "out"), "--rules", filepath.Join(dir, "none.yaml")); status != statusInput {
		t.Errorf("missing rules: exit status %d, %s", status, stderr)
	}
}

func TestModelNames(t *testing.T) {
	for name, test := range map[string]struct{ paths, want string }{
		"folders of a run": {"models/2d/cv/summary.json models/3d_fullres/cv/summary.json", "2d 3d_fullres"},
		"plain files":      {"a.json b.json", "a.json b.json"},
		"one and the same": {"x/summary.json x/summary.json", "summary.json summary.json"},
		"different depth":  {"a/summary.json b/c/summary.json", "a b/c"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(modelNames(strings.Fields(test.paths)), " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

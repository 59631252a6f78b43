package main

import (
	"archive/zip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

// writePredictedRun writes what package reads of a run with two predicted cases.
func writePredictedRun(t *testing.T) string {
	t.Helper()
	run := t.TempDir()
	randomModel{classes: 3, folds: 1, patch: []int{8, 8, 8}, features: []int{4, 8}}.write(t, filepath.Join(run, "models", "3d_fullres"))
	files := map[string]string{
		"selection.yaml": "configuration: 3d_fullres\nmodel: 3d_fullres\nfolds: ['0']\nevidence: []\n",
		"predictions/images.json": `{"dataset": "Dataset004_Hippocampus", "images": [
			{"case": "hippocampus_002", "shape": [2, 3, 4], "spacing": [1, 1, 1], "origin": [0, 0, 0], "direction": [1, 0, 0, 0, 1, 0, 0, 0, 1]},
			{"case": "hippocampus_005", "shape": [2, 3, 4], "spacing": [1, 1, 1], "origin": [0, 0, 0], "direction": [1, 0, 0, 0, 1, 0, 0, 0, 1]}]}`,
	}
	for name, content := range files {
		path := filepath.Join(run, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"hippocampus_002", "hippocampus_005"} {
		labels := volume.NewLabels(volume.NewGeometry([3]int{2, 3, 4}, [3]float64{1, 1, 1}))
		labels.Data[3], labels.Data[7] = 1, 2
		if err := nifti.WriteLabels(filepath.Join(run, "predictions", id+".nii.gz"), labels); err != nil {
			t.Fatal(err)
		}
	}
	return run
}

func TestPackageArchive(t *testing.T) {
	run, file := writePredictedRun(t), filepath.Join(t.TempDir(), "x.zip")
	status, stdout, stderr := execute("package", run, "-o", file, "--target", "msd", "--json")
	if status != statusDone {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	var m struct{ Cases []struct{ Case string } }
	if err := json.Unmarshal([]byte(stdout), &m); err != nil || len(m.Cases) != 2 {
		t.Errorf("stdout %s: %v", stdout, err)
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	if want := []string{"Task04_Hippocampus/hippocampus_002.nii.gz", "Task04_Hippocampus/hippocampus_005.nii.gz", "autoseg-manifest.json"}; !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
}

func TestPackageRefuses(t *testing.T) {
	run := writePredictedRun(t)
	bare := t.TempDir()
	for name, test := range map[string]struct {
		args   string
		status int
		want   string
	}{
		"no output":        {"package " + run, statusUsage, "-o is needed"},
		"an odd target":    {"package " + run + " -o x.zip --target kits91", statusUsage, `did you mean "kits19"?`},
		"odd values":       {"package " + run + " -o x.zip --target kits19 --values 1:2", statusUsage, "want LABEL=VALUE"},
		"no run":           {"package " + bare + "/none -o x.zip --target msd", statusInput, "is no run folder"},
		"an empty run":     {"package " + bare + " -o x.zip --target msd", statusInput, "--dataset"},
		"unclear labels":   {"package " + run + " -o x.zip --target promise12", statusInput, "say it with --values"},
		"an empty image":   {"package " + bare + " -o x.tar", statusInput, "selection"},
		"too little":       {"package " + run + " -o x.tar --memory lots", statusUsage, "want a size"},
		"slugs of another": {"package " + run + " -o x.tar --input-slug a,b", statusInput, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			status, _, stderr := execute(strings.Fields(test.args)...)
			if status != test.status || !strings.Contains(stderr, test.want) {
				t.Errorf("exit status %d, stderr %q, want %d and %q", status, stderr, test.status, test.want)
			}
			if left, _ := os.ReadDir("."); len(left) > 0 {
				t.Errorf("left %v behind", left)
			}
		})
	}
}

func TestPackageNamesEveryFinding(t *testing.T) {
	run := writePredictedRun(t)
	if err := os.Remove(filepath.Join(run, "predictions", "hippocampus_002.nii.gz")); err != nil {
		t.Fatal(err)
	}
	labels := volume.NewLabels(volume.NewGeometry([3]int{2, 3, 5}, [3]float64{1, 1, 1}))
	if err := nifti.WriteLabels(filepath.Join(run, "predictions", "hippocampus_005.nii.gz"), labels); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := execute("package", run, "-o", filepath.Join(t.TempDir(), "x.zip"), "--target", "msd")
	if status != statusInput || !strings.Contains(stderr, "hippocampus_002: its prediction is missing") || !strings.Contains(stderr, "hippocampus_005: the prediction has shape [2 3 5]") {
		t.Errorf("exit status %d, stderr %s", status, stderr)
	}
}

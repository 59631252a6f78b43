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

// publish writes a tiny KiTS19 with and without images.
func publish(t *testing.T, withImages bool) string {
	t.Helper()
	dir := t.TempDir()
	g := volume.NewGeometry([3]int{3, 4, 5}, [3]float64{3, 0.8, 0.8})
	for _, id := range []string{"case_00000", "case_00001"} {
		folder := filepath.Join(dir, "data", id)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		labels := volume.NewLabels(g)
		labels.Data[7], labels.Data[8] = 1, 2
		if err := dataset.Formats().WriteLabels(filepath.Join(folder, "segmentation.nii.gz"), labels); err != nil {
			t.Fatal(err)
		}
		if !withImages {
			continue
		}
		if err := dataset.Formats().Write(filepath.Join(folder, "imaging.nii.gz"), volume.NewImage(g, 1)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestImport(t *testing.T) {
	out := filepath.Join(t.TempDir(), "Dataset040_KiTS19")
	status, stdout, stderr := execute("import", "KiTS 2019", publish(t, true), "-o", out, "--json")
	var r imported
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || status != statusDone || r.Training != 2 || r.Dataset != out {
		t.Fatalf("exit status %d, %v\n%s%s", status, err, stdout, stderr)
	}
	if status, stdout, _ := execute("verify", out); status != statusDone {
		t.Errorf("verify: exit status %d\n%s", status, stdout)
	}
}

func TestImportFailures(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "precious"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"missing images":   {[]string{"import", "kits19", publish(t, false), "-o", filepath.Join(t.TempDir(), "d")}, statusInput, "data/case_00001/imaging.nii.gz"},
		"no output":        {[]string{"import", "kits19", "x"}, statusUsage, "-o DATASET is missing"},
		"unknown format":   {[]string{"import", "kits18", "x", "-o", "d"}, statusUsage, `did you mean "kits19"`},
		"no source":        {[]string{"import", "kits19"}, statusUsage, "SRC is missing"},
		"a source for all": {[]string{"import", "--list", "kits19"}, statusUsage, "unexpected argument"},
		"consensus":        {[]string{"import", "lidc", "x", "-o", "d", "--consensus", "5"}, statusUsage, "want 1 to 4"},
		"a full folder":    {[]string{"import", "kits19", publish(t, true), "-o", full}, statusInput, "not empty"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := execute(c.args...)
			if status != c.status || !strings.Contains(stderr, c.want) {
				t.Errorf("exit status %d, want %d; %q does not say %q", status, c.status, stderr, c.want)
			}
		})
	}
}

func TestImportList(t *testing.T) {
	status, stdout, _ := execute("import", "--list")
	for _, word := range []string{"Format", "Task", "Modality", "Cases", "Licence", "Link", "lits", "kits23", "lidc-idri", "CC BY 3.0", "http://medicaldecathlon.com"} {
		if !strings.Contains(stdout, word) {
			t.Errorf("the list lacks %q", word)
		}
	}
	if status != statusDone {
		t.Errorf("exit status %d", status)
	}
}

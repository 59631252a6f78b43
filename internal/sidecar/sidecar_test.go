package sidecar

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNames(t *testing.T) {
	for written, c := range map[string]struct {
		file string
		read []string
	}{
		"case.tif":      {"case.json", []string{"case.tif", "case_0000.tif", "case_0001.tif"}},
		"case_0000.tif": {"case.json", []string{"case.tif", "case_0000.tif"}},
		"a_b.npy":       {"a_b.json", []string{"a_b_0003.npy", "a_b.npy"}},
	} {
		dir := t.TempDir()
		want := [3]float64{2.5, 1.0 / 3, 1e-3}
		if err := WriteImage(filepath.Join(dir, written), want); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, c.file)); err != nil {
			t.Error(err)
		}
		for _, name := range c.read {
			if got, found, err := Read(filepath.Join(dir, name)); err != nil || !found || got != want {
				t.Errorf("%s: %v, %v, %v", name, got, found, err)
			}
		}
		if _, found, err := Read(filepath.Join(dir, "other.tif")); found || err != nil {
			t.Errorf("other: %v, %v", found, err)
		}
	}
}

func TestCasesThatEndInNumbersHaveFilesOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"pat_0001.tif", "pat_0002.tif"} {
		if err := WriteLabels(filepath.Join(dir, name), [3]float64{float64(i + 1), 1, 1}); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"pat_0001.tif", "pat_0002_0000.tif"} {
		if got, found, err := Read(filepath.Join(dir, name)); err != nil || !found || got[0] != float64(i+1) {
			t.Errorf("%s: %v, %v, %v", name, got, found, err)
		}
	}
}

func TestContentThatMakesNoSense(t *testing.T) {
	for name, text := range map[string]string{
		"two numbers": `{"spacing": [1, 2]}`, "zero": `{"spacing": [0, 1, 1]}`, "a word": `{"spacing": "x"}`, "no JSON": `spacing`, "nothing": `{}`,
	} {
		path := filepath.Join(t.TempDir(), "a.json")
		os.WriteFile(path, []byte(text), 0o644)
		if got, found, err := Read(filepath.Join(filepath.Dir(path), "a.tif")); err == nil {
			t.Errorf("%s: %v, %v", name, got, found)
		}
	}
}

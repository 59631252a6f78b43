package pipeline

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine/ref"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/phantom"
)

// phantomDataset writes a small dataset for the tests of this package.
func phantomDataset(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Dataset999_Phantom")
	if err := phantom.Write(dir, phantom.Options{Seed: 7, Cases: 5, TestCases: 1}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func smallConfig(t *testing.T, data string) Config {
	t.Helper()
	return Config{
		Dataset: data, Output: filepath.Join(t.TempDir(), "run"), Configurations: []string{"3d_fullres"},
		Folds: []string{"0"}, Seed: 1234, Threads: 2, Executor: ref.New(2), SIMD: "none",
		Program: "autoseg test", Command: "autoseg run Dataset999_Phantom",
	}
}

// prepared executes the stages up to preprocessing and returns the ones that worked.
func prepared(t *testing.T, c Config) ([]string, error) {
	t.Helper()
	var log bytes.Buffer
	c.Log = logger(&log)
	c.defaults()
	r, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []func(context.Context) error{r.measure, r.decide, r.split, r.prepare} {
		if err := part(context.Background()); err != nil {
			return nil, err
		}
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	return workedStages(log.String()), nil
}

func edit(t *testing.T, path, from, to string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.ReplaceAll(string(content), from, to)
	if edited == string(content) {
		t.Fatalf("%s does not contain %q:\n%s", path, from, content)
	}
	if err := os.WriteFile(path, []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAnEditedPlanIsObeyed(t *testing.T) {
	c := smallConfig(t, phantomDataset(t))
	worked, err := prepared(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(worked, " "), "fingerprint plan splits preprocess/3d_fullres"; got != want {
		t.Errorf("the first run did %s, want %s", got, want)
	}
	if worked, err = prepared(t, c); err != nil || len(worked) != 0 {
		t.Errorf("the second run did %v (%v), want nothing", worked, err)
	}
	plan := filepath.Join(c.Output, planFile)
	edit(t, plan, "ZScoreNormalization", "RescaleTo01Normalization")
	worked, err = prepared(t, c)
	if err != nil || strings.Join(worked, " ") != "preprocess/3d_fullres" {
		t.Errorf("after an edited normalisation: did %v (%v), want preprocess/3d_fullres", worked, err)
	}
	edit(t, plan, "patch_size", "patch_sise")
	if _, err = prepared(t, c); !fault.IsInput(err) || !strings.Contains(err.Error(), "patch_sise") {
		t.Errorf("an unknown key: got %v, want an input error that names it", err)
	}
}

func TestABrokenDatasetStartsNothing(t *testing.T) {
	data := phantomDataset(t)
	if err := os.Remove(filepath.Join(data, "labelsTr", "training_002.nii.gz")); err != nil {
		t.Fatal(err)
	}
	c := smallConfig(t, data)
	err := Run(context.Background(), c)
	if !fault.IsInput(err) || !strings.Contains(err.Error(), "training_002") {
		t.Errorf("got %v, want an input error that names the case", err)
	}
	if _, err := os.Stat(c.Output); !errors.Is(err, os.ErrNotExist) {
		t.Error("a run folder was made")
	}
}

// TestEveryBrokenImageIsNamed: what is wrong is said completely, and nothing stays behind.
func TestEveryBrokenImageIsNamed(t *testing.T) {
	data := phantomDataset(t)
	broken := []string{"training_001_0000.nii.gz", "training_003_0000.nii.gz"}
	for _, name := range broken {
		if err := os.Truncate(filepath.Join(data, "imagesTr", name), 1000); err != nil {
			t.Fatal(err)
		}
	}
	for name, before := range map[string]func(dir string) error{
		"new folder":   func(string) error { return nil },
		"empty folder": func(dir string) error { return os.MkdirAll(dir, 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			c := smallConfig(t, data)
			c.Output = filepath.Join(t.TempDir(), "run")
			if err := before(c.Output); err != nil {
				t.Fatal(err)
			}
			_, was := os.Stat(c.Output)
			err := Run(context.Background(), c)
			for _, name := range broken {
				if !fault.IsInput(err) || !strings.Contains(err.Error(), name) {
					t.Errorf("got %v, want an input error that names %s", err, name)
				}
			}
			left, now := os.ReadDir(c.Output)
			if (was == nil) != (now == nil) || len(left) != 0 {
				t.Errorf("the run folder holds %v (%v), before: %v", left, now, was)
			}
		})
	}
}

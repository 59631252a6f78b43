package reproduce

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/phantom"
	"github.com/autoseg/autoseg/pipeline"
	"github.com/autoseg/autoseg/trainer"
)

// tinyRun trains one epoch of two iterations on a phantom dataset, by a schedule that was "resolved", and
// returns what would reproduce it.
func tinyRun(t *testing.T) Config {
	t.Helper()
	executor, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { executor.Close() })
	data := filepath.Join(t.TempDir(), "Dataset999_Phantom")
	if err := phantom.Write(data, phantom.Options{Seed: 7, Cases: 5, TestCases: 1}); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(t.TempDir(), "run")
	err = pipeline.Run(context.Background(), pipeline.Config{
		Dataset: data, Output: run, Configurations: []string{"3d_fullres"}, Folds: []string{"0"},
		Replay: map[string]trainer.Resolved{"train/3d_fullres/fold_0": {{Epochs: 1, Iterations: 2, ValidationIterations: 1}}},
		Seed:   1234, Threads: 2, Executor: executor, SIMD: "here", Program: "autoseg test", Command: "autoseg run Dataset999_Phantom",
	})
	if err != nil {
		t.Fatal(err)
	}
	return Config{Manifest: run, Dataset: data, Work: filepath.Join(t.TempDir(), "replay"), Threads: 1, Executor: executor, SIMD: "here", Program: "autoseg test"}
}

// TestARunIsReproduced replays a run with another number of threads: all must be equal. Then it changes
// the dataset, and then a result, by one byte each.
func TestARunIsReproduced(t *testing.T) {
	c := tinyRun(t)
	r, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.First(); a != nil {
		t.Errorf("%s of stage %s: %s", a.File, a.Stage, a.State)
	}
	compared := map[string]bool{}
	for _, a := range r.Artefacts {
		compared[a.File] = true
	}
	for _, want := range []string{
		"dataset_fingerprint.json", "plan.yaml", "splits.json", "preprocessed/3d_fullres/training_000.data.npy",
		"models/3d_fullres/fold_0/weights.safetensors", "models/3d_fullres/cv/summary.json", "selection.yaml",
		"predictions/test_000.nii.gz", "predictions/summary.json",
	} {
		if !compared[want] {
			t.Errorf("%s was not compared", want)
		}
	}
	skipped := words(r.Skipped)
	for _, want := range []string{"log.jsonl", "progress.png", "report.html"} {
		if compared[want] || !strings.Contains(skipped, want) {
			t.Errorf("%s is not listed among what is not compared: %s", want, skipped)
		}
	}

	t.Run("a changed result is the first that differs", func(t *testing.T) {
		change(t, filepath.Join(c.Manifest, "splits.json"))
		r, err := Run(context.Background(), c) // the work folder is up to date: only the comparison is done
		if err != nil {
			t.Fatal(err)
		}
		if a := r.First(); a == nil || a.File != "splits.json" || a.State != Changed {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("a changed input is named", func(t *testing.T) {
		name := "imagesTr/training_003_0000.nii.gz"
		change(t, filepath.Join(c.Dataset, filepath.FromSlash(name)))
		c.Work = filepath.Join(t.TempDir(), "unused")
		_, err := Run(context.Background(), c)
		if !fault.IsInput(err) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "training_002") {
			t.Errorf("got %v, want an input error that names %s only", err, name)
		}
		if exists(c.Work) {
			t.Error("something was started")
		}
	})
}

func words(skipped []Skipped) string {
	var all []string
	for _, s := range skipped {
		all = append(all, s.What+": "+s.Reason)
	}
	return strings.Join(all, "; ")
}

// change flips a bit in the middle of a file.
func change(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

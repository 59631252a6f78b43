package pipeline

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/trainer"
	"github.com/autoseg/autoseg/weights"
)

// fakeFit stands in for a training: the weights are those that training starts from, and the validation
// predictions are the labels themselves.
func fakeFit(r *run) fitter {
	return func(_ context.Context, t training, _ time.Time) error {
		g := engine.NewGraph(engine.Float32)
		shape := append(engine.Shape{1, r.channels(t.configuration)}, t.configuration.PatchSize...)
		m, err := network.Build(g, t.configuration.Architecture, g.Input("input", shape), r.data.Labelling.Heads())
		if err != nil {
			return err
		}
		first := network.Initialise(m, r.Seed)
		var tensors []weights.Tensor
		for _, p := range m.Parameters {
			tensors = append(tensors, weights.Tensor{Name: p.Name, Shape: p.Node.Shape(), Data: first[p.Name]})
		}
		dir := r.path(foldDir(r.plan, t))
		if err := os.MkdirAll(filepath.Join(dir, "validation"), 0o755); err != nil {
			return err
		}
		fold, err := r.fold(t.fold)
		if err != nil {
			return err
		}
		for _, id := range fold.Validation {
			c, err := r.data.Case(id)
			if err != nil {
				return err
			}
			labels, err := r.data.Labels(c)
			if err != nil {
				return err
			}
			if err := dataset.Formats().WriteLabels(filepath.Join(dir, "validation", id+r.data.FileEnding), labels); err != nil {
				return err
			}
		}
		return model.Write(filepath.Join(dir, "weights.safetensors"), tensors, model.Metadata{
			Configuration: t.configuration.Name, Fold: t.fold, Epoch: 1, MirrorAxes: axes(t.configuration.Dimensions()),
		})
	}
}

// ran executes a whole run with fake trainings and returns the stages that worked.
func ran(t *testing.T, c Config) []string {
	t.Helper()
	worked, err := tried(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return worked
}

// tried is ran where an error is expected.
func tried(t *testing.T, c Config) ([]string, error) {
	t.Helper()
	var log bytes.Buffer
	c.Log = logger(&log)
	c.defaults()
	r, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	r.fit = fakeFit(r)
	err = r.execute(context.Background())
	return workedStages(log.String()), err
}

func fastConfig(t *testing.T) Config {
	t.Helper()
	executor, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { executor.Close() })
	c := smallConfig(t, phantomDataset(t))
	c.Executor = executor
	c.AcceptLong = true
	c.Replay = map[string]trainer.Resolved{} // trainings are fake: measuring what they would take costs more than they
	return c
}

func TestRunDoesEveryStageOnce(t *testing.T) {
	c := fastConfig(t)
	c.Replay = nil
	want := []string{
		"fingerprint", "plan", "splits", "preprocess/3d_fullres", "model/3d_fullres", "train/3d_fullres/fold_0",
		"cv/3d_fullres", "select", "predict", "postprocess", "evaluate", "report",
	}
	if got := ran(t, c); !slices.Equal(got, want) {
		t.Errorf("the first run did\n%v, want\n%v", got, want)
	}
	for _, file := range []string{
		"manifest.yaml", "dataset_fingerprint.json", "plan.yaml", "splits.json", "selection.yaml",
		"models/3d_fullres/plan.yaml", "models/3d_fullres/dataset.json", "models/3d_fullres/dataset_fingerprint.json",
		"models/3d_fullres/cv/summary.json", "predictions/test_000.nii.gz", "predictions/summary.json", "predictions/volumes.csv", "report.html",
		"predictions_raw/3d_fullres/test_000.nii.gz", "predictions/test_000.quality.json", "predictions/dataset.json",
	} {
		if _, err := os.Stat(filepath.Join(c.Output, file)); err != nil {
			t.Errorf("%s is missing", file)
		}
	}
	before := content(t, filepath.Join(c.Output, ManifestFile))
	if got := ran(t, c); len(got) != 0 {
		t.Errorf("the second run did %v, want nothing", got)
	}
	if !bytes.Equal(before, content(t, filepath.Join(c.Output, ManifestFile))) {
		t.Error("a run that did nothing changed the manifest")
	}
	checkOutcome(t, c)
	checkLeaks(t, c)
	edit(t, filepath.Join(c.Output, planFile), "patch_size: [16, 40, 40]", "patch_size: [16, 32, 40]")
	want = []string{"model/3d_fullres", "train/3d_fullres/fold_0", "cv/3d_fullres", "select", "predict", "postprocess", "evaluate", "report"}
	if got := ran(t, c); !slices.Equal(got, want) {
		t.Errorf("an edited patch did\n%v, want\n%v", got, want)
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// checkOutcome expects a perfect validation, because fakeFit predicts the labels, and a poor test.
func checkOutcome(t *testing.T, c Config) {
	t.Helper()
	o, err := ReadOutcome(c.Output)
	if err != nil {
		t.Fatal(err)
	}
	if o.Selected != "3d_fullres" || o.Predictions != 1 || len(o.Classes) != 2 || o.Classes[0].Name != "solid" {
		t.Fatalf("got %+v", o)
	}
	for _, class := range o.Classes {
		if class.CrossValidation == nil || *class.CrossValidation != 1 {
			t.Errorf("%s: validation Dice %v, want 1", class.Name, class.CrossValidation)
		}
		if class.Test == nil || *class.Test > 0.5 {
			t.Errorf("%s: test Dice %v of an untrained network", class.Name, class.Test)
		}
	}
}

// checkLeaks looks for the folder that the test works in.
func checkLeaks(t *testing.T, c Config) {
	t.Helper()
	root := filepath.Dir(filepath.Dir(c.Dataset))
	err := filepath.WalkDir(c.Output, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, ".gz") || strings.HasSuffix(path, ".npy") {
			return err
		}
		if bytes.Contains(content(t, path), []byte(root)) {
			t.Errorf("%s holds an absolute path", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFailedTrainingKeepsTheRest(t *testing.T) {
	c := fastConfig(t)
	c.defaults()
	r, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("out of memory")
	r.fit = func(context.Context, training, time.Time) error { return broken }
	if err := r.execute(context.Background()); !errors.Is(err, broken) || !strings.Contains(err.Error(), "train/3d_fullres/fold_0") {
		t.Fatalf("got %v, want the error with the stage's name", err)
	}
	if got := ran(t, c); !slices.Contains(got, "train/3d_fullres/fold_0") || slices.Contains(got, "preprocess/3d_fullres") {
		t.Errorf("the next run did %v, want it to start with the training", got)
	}
}

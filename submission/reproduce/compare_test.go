package reproduce

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/pipeline"
	"github.com/autoseg/autoseg/volume"
)

// folders writes a run folder and its replay, each with a manifest and files by name.
func folders(t *testing.T, recorded, replayed *pipeline.Manifest) (run, work string) {
	t.Helper()
	run, work = t.TempDir(), t.TempDir()
	for dir, m := range map[string]*pipeline.Manifest{run: recorded, work: replayed} {
		if err := m.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	return run, work
}

func manifest(simd string, stages ...*pipeline.Record) *pipeline.Manifest {
	return &pipeline.Manifest{SIMD: simd, Platform: runtime.GOARCH, Settings: &pipeline.Settings{}, Stages: stages}
}

func results(stage string, files map[string]string) *pipeline.Record {
	return &pipeline.Record{Name: stage, Complete: true, Results: files}
}

func TestStatesOnTheSameLevel(t *testing.T) {
	for name, test := range map[string]struct {
		recorded, replayed map[string]string
		want               string // file and state of the first that is not equal
	}{
		"equal":   {map[string]string{"a": "1", "b": "2"}, map[string]string{"a": "1", "b": "2"}, ""},
		"differs": {map[string]string{"a": "1", "b": "2"}, map[string]string{"a": "1", "b": "3"}, "b differs"},
		"missing": {map[string]string{"a": "1"}, nil, "a missing"},
		"extra":   {map[string]string{"a": "1"}, map[string]string{"a": "1", "c": "9"}, "c extra"},
		"times":   {map[string]string{"log.jsonl": varies}, map[string]string{"log.jsonl": varies}, ""},
		"weights before predictions": {
			map[string]string{"f/validation/a.nii.gz": "1", "f/weights.safetensors": "2"},
			map[string]string{"f/validation/a.nii.gz": "8", "f/weights.safetensors": "9"},
			"f/weights.safetensors differs",
		},
	} {
		t.Run(name, func(t *testing.T) {
			run, work := folders(t, manifest("avx2", results("train/x", test.recorded)), manifest("avx2", results("train/x", test.replayed)))
			r := compared(t, run, work, "avx2")
			got := ""
			if a := r.First(); a != nil {
				got = a.File + " " + string(a.State)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func compared(t *testing.T, run, work, simd string) *Report {
	t.Helper()
	m, dir, err := Open(run)
	if err != nil {
		t.Fatal(err)
	}
	r, err := source{m, dir}.compare(context.Background(), Config{Work: work, SIMD: simd})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAnotherLevel: there, segmentations are compared by Dice, weights are not compared, and what no
// network has a part in still must be equal.
func TestAnotherLevel(t *testing.T) {
	const close, far = "predictions/close.nii.gz", "predictions/far.nii.gz"
	recorded := map[string]string{close: "1", far: "1", "predictions/volumes.csv": "1"}
	replayed := map[string]string{close: "2", far: "2", "predictions/volumes.csv": "2"}
	run, work := folders(t,
		manifest("avx512", results("splits", map[string]string{"splits.json": "1"}), results("predict", recorded)),
		manifest("avx2", results("splits", map[string]string{"splits.json": "2"}), results("predict", replayed)))
	for file, voxels := range map[string][2]int{close: {20, 19}, far: {20, 5}} {
		for i, dir := range []string{run, work} {
			g := volume.NewGeometry([3]int{4, 4, 4}, [3]float64{1, 1, 1})
			labels := volume.NewLabels(g)
			for k := range voxels[i] {
				labels.Data[k] = 3
			}
			path := filepath.Join(dir, filepath.FromSlash(file))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := dataset.Formats().WriteLabels(path, labels); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := compared(t, run, work, "avx2")
	if r.SameLevel || r.Recorded != "avx512 "+runtime.GOARCH || r.Here != "avx2 "+runtime.GOARCH {
		t.Errorf("levels: %+v", r)
	}
	states := map[string]State{}
	for _, a := range r.Artefacts {
		states[a.File] = a.State
	}
	for file, want := range map[string]State{"splits.json": Differs, close: Alike, far: Differs, "predictions/volumes.csv": ""} {
		if states[file] != want {
			t.Errorf("%s: %q, want %q", file, states[file], want)
		}
	}
	if !strings.Contains(words(r.Skipped), "volumes.csv: it depends on the SIMD level") {
		t.Errorf("skipped %s", words(r.Skipped))
	}
}

func TestMeanDice(t *testing.T) {
	g := volume.NewGeometry([3]int{1, 1, 4}, [3]float64{1, 1, 1})
	of := func(v ...uint16) *volume.Labels { l := volume.NewLabels(g); copy(l.Data, v); return l }
	for name, test := range map[string]struct {
		a, b *volume.Labels
		want float64
	}{
		"both empty": {of(0, 0, 0, 0), of(0, 0, 0, 0), 1},
		"equal":      {of(1, 2, 0, 0), of(1, 2, 0, 0), 1},
		"half":       {of(1, 1, 2, 0), of(1, 0, 2, 0), (2.0/3 + 1) / 2}, // 2·1/(2+1), and 1
		"one only":   {of(1, 1, 0, 0), of(0, 0, 0, 0), 0},
	} {
		if got := meanDice(test.a, test.b); math.Abs(got-test.want) > 1e-15 {
			t.Errorf("%s: got %g, want %g", name, got, test.want)
		}
	}
}

func TestWhatCannotBeReproduced(t *testing.T) {
	half := results("train/x", nil)
	half.Complete = false
	old := manifest("avx2", results("plan", nil))
	old.Settings = nil
	for name, test := range map[string]struct {
		m    *pipeline.Manifest
		want string
	}{
		"no stage":     {&pipeline.Manifest{}, "no manifest.yaml with a stage"},
		"unfinished":   {manifest("avx2", half), "stage train/x was not finished"},
		"old manifest": {old, "no settings"},
	} {
		dir := t.TempDir()
		if err := test.m.Write(dir); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Open(filepath.Join(dir, pipeline.ManifestFile)); !fault.IsInput(err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, _, err := Open(filepath.Join(t.TempDir(), "nothing")); !fault.IsInput(err) {
		t.Errorf("no file: got %v", err)
	}
}

func TestAnEditedPlanIsBrought(t *testing.T) {
	run, work := t.TempDir(), filepath.Join(t.TempDir(), "work")
	path := filepath.Join(run, planFile)
	if err := os.WriteFile(path, []byte("edited"), 0o644); err != nil {
		t.Fatal(err)
	}
	sum, err := digest(path)
	if err != nil {
		t.Fatal(err)
	}
	m := manifest("avx2", results("plan", map[string]string{planFile: sum}))
	if err := (source{m, run}).bringPlan(work); err != nil {
		t.Fatal(err)
	}
	if !exists(filepath.Join(work, planFile)) {
		t.Error("the plan was not brought")
	}
	change(t, path)
	if err := (source{m, run}).bringPlan(work); !fault.IsInput(err) {
		t.Errorf("another plan: got %v", err)
	}
	m.Planned = sum
	if err := (source{m, t.TempDir()}).bringPlan(work); err != nil {
		t.Errorf("a planner's plan needs no file: %v", err)
	}
}

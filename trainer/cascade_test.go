package trainer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/autoseg/autoseg/augment"
	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
)

// TestCascadePatchesEqualNNUNet cuts two recorded patches of a cascade's second stage and compares what
// the network gets.
func TestCascadePatchesEqualNNUNet(t *testing.T) {
	dir := golden.Shared(t, "golden", "cascade")
	p, err := plans.Read(filepath.Join(dir, "model", "plans.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Configuration("3d_cascade_fullres")
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.ReadJSON(filepath.Join(dir, "model", "dataset.json"))
	if err != nil {
		t.Fatal(err)
	}
	data := golden.Npy(t, filepath.Join(dir, "training", "data.npy"))
	shape := [3]int(data.Shape[1:])
	stored := storeOf(t, &dataset.Record{
		ID: "case_000", Channels: 1, Shape: shape, Data: data.Float32(),
		Labels: shorts(golden.Npy(t, filepath.Join(dir, "training", "seg.npy"))),
	})
	previous := volume.NewGrid(shape, shorts(golden.Npy(t, filepath.Join(dir, "training", "previous_stage_segmentation.npy"))))
	var boxes struct {
		Lower [][3]int `json:"lower"`
	}
	content, err := os.ReadFile(filepath.Join(dir, "training", "boxes.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &boxes); err != nil || len(boxes.Lower) != 2 {
		t.Fatalf("%d boxes, %v", len(boxes.Lower), err)
	}
	pipeline, err := augment.Validation(augment.ForConfiguration(c, d.Labelling))
	if err != nil {
		t.Fatal(err)
	}
	var input []float32
	targets := make([][]float32, len(pipeline.Target().Shapes))
	patch := pipeline.NewPatch()
	for _, corner := range boxes.Lower {
		box := volume.Box{Start: corner}
		for i, n := range pipeline.Size() {
			box.End[i] = corner[i] + n
		}
		pipeline.Reset(patch)
		stored.Patch(patch.Data, patch.Labels, box)
		cutLabels(patch.Previous, previous, box)
		pipeline.Apply(patch, nil)
		input = append(input, patch.Data...)
		var levels [][]float32
		for _, s := range pipeline.Target().Shapes {
			levels = append(levels, make([]float32, s[0]*s[1]*s[2]))
		}
		pipeline.Target().Write(levels, patch)
		for i, l := range levels {
			targets[i] = append(targets[i], l...)
		}
	}
	golden.Close(t, "input", input, golden.Npy(t, filepath.Join(dir, "network", "input.npy")), 0)
	for i := range targets {
		golden.Close(t, "target", targets[i], golden.Npy(t, filepath.Join(dir, "network", "target_"+strconv.Itoa(i)+".npy")), 0)
	}
}

func shorts(a golden.Array) []int16 {
	r := make([]int16, len(a.Data))
	for i, v := range a.Data {
		r[i] = int16(v)
	}
	return r
}

func storeOf(t *testing.T, r *dataset.Record) *dataset.Stored {
	t.Helper()
	store, err := dataset.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Put(r); err != nil {
		t.Fatal(err)
	}
	c, err := store.Open(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestCascadeTrains trains a second stage on segmentations that a first one has left as files.
func TestCascadeTrains(t *testing.T) {
	dir := t.TempDir()
	job := testJob(t, dir)
	job.Configuration.PreviousStage = "3d_lowres"
	if err := Run(t.Context(), job); err == nil {
		t.Error("no error without the previous stage")
	}
	job.Previous = PreviousStage(dir)
	if err := Run(t.Context(), job); err == nil {
		t.Error("no error without the previous stage's files")
	}
	for k := range 5 {
		r := testRecord(k)
		if err := writeSegmentation(previousPath(dir, r.ID), r.Shape, r.Labels); err != nil {
			t.Fatal(err)
		}
	}
	job.stepper, job.Executor = nil, testExecutor(t)
	list := events(&job)
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	epochs := kinds(*list, "epoch")
	if first, last := *epochs[0].TrainLoss, *epochs[2].TrainLoss; !(last < first) {
		t.Errorf("loss from %v to %v", first, last)
	}
}

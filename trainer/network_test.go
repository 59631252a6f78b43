package trainer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/weights"
)

func testExecutor(t testing.TB) engine.Executor {
	t.Helper()
	e, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestThreeStepsEqualNNUNet makes three updates on a recorded batch and compares losses and parameters
// with nnU-Net's train_step.
func TestThreeStepsEqualNNUNet(t *testing.T) {
	for _, name := range []string{"plain3d", "plain3d_aniso", "plain2d", "plain3d_ignore", "plain3d_regions_ignore", "resenc2d", "resenc3d"} {
		t.Run(name, func(t *testing.T) {
			dir := golden.Shared(t, "golden", "network", name)
			p, err := plans.Read(filepath.Join(dir, "plans.json"))
			if err != nil {
				t.Fatal(err)
			}
			d, err := dataset.ReadJSON(filepath.Join(dir, "dataset.json"))
			if err != nil {
				t.Fatal(err)
			}
			saved, err := weights.ReadNNUNet(filepath.Join(dir, "fold_0", "checkpoint_final.pth"))
			if err != nil {
				t.Fatal(err)
			}
			threeSteps(t, dir, p, d.Labelling, saved)
		})
	}
}

func threeSteps(t *testing.T, dir string, p *plans.Plans, labelling dataset.Labelling, saved *weights.Checkpoint) {
	c, err := p.Configuration(saved.Configuration)
	if err != nil {
		t.Fatal(err)
	}
	input := golden.Npy(t, filepath.Join(dir, "input.npy"))
	b := &Batch{Image: input.Float32()}
	for i := range c.Architecture.Stages() - 1 {
		b.Targets = append(b.Targets, golden.Npy(t, filepath.Join(dir, "target_"+strconv.Itoa(i)+".npy")).Float32())
	}
	job := Job{Config: Default(), Configuration: c, Labelling: labelling, Executor: testExecutor(t)}
	l, err := loss.ForPlan(c, labelling)
	if err != nil {
		t.Fatal(err)
	}
	targets := golden.Npy(t, filepath.Join(dir, "target_0.npy")).Shape[1]
	step, _, err := newNetworkStep(problem{
		architecture: c.Architecture, patch: input.Shape[2:], batch: input.Shape[0], channels: input.Shape[1],
		classes: labelling.Heads(), targets: targets, loss: l, rule: job.Config.Rule, executor: job.Executor,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer step.Close()
	for _, r := range step.Residents() {
		if !isState(r.Name) {
			w, ok := weights.Find(saved.Weights, r.Name)
			if !ok {
				t.Fatalf("no weights %s", r.Name)
			}
			if err := step.Set(r.Name, w.Data); err != nil {
				t.Fatal(err)
			}
		}
	}
	var want struct {
		Losses []float64 `json:"loss_before_each_step"`
		After  float64   `json:"loss_after_3_steps"`
		Rate   float64   `json:"lr"`
	}
	content, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &want); err != nil {
		t.Fatal(err)
	}
	for i, w := range want.Losses {
		got, err := step.Step(t.Context(), engine.Moment{Rate: want.Rate, Step: i + 1}, b)
		if err != nil {
			t.Fatal(err)
		}
		closeLoss(t, "step "+strconv.Itoa(i), got, w)
	}
	logits := make([]float32, step.validation.Outputs()[1].Size())
	got, err := step.Evaluate(t.Context(), b, logits)
	if err != nil {
		t.Fatal(err)
	}
	closeLoss(t, "after three steps", got, want.After)
	after := golden.Npz(t, filepath.Join(dir, "params_after_3_steps.npz"))
	for _, r := range step.Residents() {
		if isState(r.Name) {
			continue
		}
		values := make([]float32, r.Shape.Size())
		if err := step.Get(r.Name, values); err != nil {
			t.Fatal(err)
		}
		difference, size := golden.RootMeanSquare(values, after[r.Name])
		// Relative rms of 1e-4; biases before a norm have no gradient but rounding, which is not scaled.
		if difference > 1e-4*size+1e-7 {
			t.Errorf("%s: rms difference %g, rms %g", r.Name, difference, size)
		}
	}
}

// closeLoss allows 1e-5 · max(1, |loss|), the rounding of float32 reductions.
func closeLoss(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-5*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: loss %v, want %v", name, got, want)
	}
}

// TestNetworkLearns trains a small network on small cases, whole and interrupted, with one worker and
// with three, and expects the same weights and a falling loss.
func TestNetworkLearns(t *testing.T) {
	dir := t.TempDir()
	job := testJob(t, dir)
	job.stepper, job.Executor = nil, testExecutor(t)
	job.Config.Epochs, job.Config.Iterations = 4, 40
	list := events(&job)
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	epochs := kinds(*list, "epoch")
	first, last := epochs[0], epochs[len(epochs)-1]
	if !(*last.TrainLoss < *first.TrainLoss-0.3) || !(*last.MeanDice > 0.5) {
		t.Errorf("loss from %v to %v, Dice %v", *first.TrainLoss, *last.TrainLoss, *last.MeanDice)
	}
	again := job
	again.Folder, again.Config.Workers, again.Executor = dir+"/again", 3, testExecutor(t)
	ctx, cancel := context.WithCancel(t.Context())
	count := 0
	again.announce = func(point string) {
		if point == "training iteration" {
			if count++; count == 62 {
				cancel()
			}
		}
	}
	if err := Run(ctx, again); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := Run(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(finalWeights(t, job.Folder), finalWeights(t, again.Folder)) {
		t.Error("interrupted and with other workers: other weights")
	}
}

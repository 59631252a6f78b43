package trainer

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/weights"
)

// networkJob is testJob with a real network and a short training.
func networkJob(t *testing.T, dir string, epochs, iterations int) Job {
	t.Helper()
	job := testJob(t, dir)
	job.stepper, job.Executor = nil, testExecutor(t)
	job.Config.Epochs, job.Config.Iterations, job.Config.ValidationIterations = epochs, iterations, 1
	return job
}

// TestOptimisersAndSchedules trains as a plan with every optimiser and every schedule says, and expects the loss
// to fall. Another training of the same breaks off in the second epoch, as a kill would, and goes on from its last
// checkpoint to the same weights. The rate is large, for the network is small and the training short.
func TestOptimisersAndSchedules(t *testing.T) {
	for _, optimiser := range plans.Optimisers() {
		for _, schedule := range plans.Schedules() {
			t.Run(optimiser+" "+schedule, func(t *testing.T) {
				dir := t.TempDir()
				job := plannedJob(t, dir, optimiser, schedule)
				list := events(&job)
				if err := Run(t.Context(), job); err != nil {
					t.Fatal(err)
				}
				e := kinds(*list, "epoch")
				if len(e) != 3 || !(*e[2].TrainLoss < *e[0].TrainLoss-0.05) {
					t.Errorf("%d epochs, loss from %v to %v", len(e), *e[0].TrainLoss, *e[len(e)-1].TrainLoss)
				}
				if last := e[2].Rate; (schedule == plans.Poly || schedule == plans.Cosine) && !(last < job.Config.Rate) || last <= 0 {
					t.Errorf("the last rate is %v", last)
				}
				again := plannedJob(t, dir, optimiser, schedule)
				again.Folder += "_again"
				breakOff(t, again, 13)
				if err := Run(t.Context(), again); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(finalWeights(t, job.Folder), finalWeights(t, again.Folder)) {
					t.Error("broken off: other weights")
				}
			})
		}
	}
}

// plannedJob is networkJob with what a plan says about optimiser and schedule.
func plannedJob(t *testing.T, dir, optimiser, schedule string) Job {
	job := networkJob(t, dir, 3, 8)
	o, err := plans.DefaultOptimiser(optimiser)
	if err != nil {
		t.Fatal(err)
	}
	o.Rate = 1e-2
	job.Configuration.Optimiser, job.Configuration.Schedule = o, plans.Schedule{Name: schedule, Warmup: 1}
	planned := For(job.Configuration)
	job.Config.Rule, job.Config.Rate, job.Config.Schedule, job.Config.Warmup = planned.Rule, planned.Rate, planned.Schedule, planned.Warmup
	job.Config.CheckpointEvery = 0 // one after every epoch
	return job
}

// breakOff trains until the n-th iteration and drops everything there, without a checkpoint.
func breakOff(t *testing.T, job Job, n int) {
	t.Helper()
	trainer, err := New(job)
	if err != nil {
		t.Fatal(err)
	}
	defer trainer.Close()
	type killed struct{}
	defer func() {
		if r := recover(); r != (killed{}) {
			t.Fatalf("recovered %v", r)
		}
	}()
	count := 0
	trainer.job.announce = func(point string) {
		if point == "training iteration" {
			if count++; count == n {
				panic(killed{})
			}
		}
	}
	trainer.Run(t.Context())
	t.Fatal("the training was not broken off")
}

// trainedTensors trains a job and reads its final weights.
func trainedTensors(t *testing.T, job Job) []weights.Tensor {
	t.Helper()
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	tensors, _, err := weights.ReadSafetensors(filepath.Join(job.Folder, "weights.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return tensors
}

// TestTrainingBeginsWithAnotherModel begins with a trained network: the same one continues with its loss, one
// for more channels and labels takes all but the first layer and the head.
func TestTrainingBeginsWithAnotherModel(t *testing.T) {
	source := networkJob(t, t.TempDir(), 2, 25)
	list := events(&source)
	initial := trainedTensors(t, source)
	ended := *kinds(*list, "epoch")[1].TrainLoss

	same := networkJob(t, t.TempDir(), 1, 4)
	same.Initial = initial
	list = events(&same)
	trainedTensors(t, same)
	message := kinds(*list, "start")[0].Message
	if want := fmt.Sprintf("%d tensors taken", len(initial)); message != want {
		t.Errorf("%q, want %q", message, want)
	}
	if got := *kinds(*list, "epoch")[0].TrainLoss; math.Abs(float64(got-ended)) > 0.3 {
		t.Errorf("the loss goes on at %v, it ended at %v", got, ended)
	}

	other := networkJob(t, t.TempDir(), 1, 1)
	other.Configuration.Normalisation = append(other.Configuration.Normalisation, plans.Normalisation{Scheme: plans.ZScore})
	withSecondChannel(t, &other)
	var err error
	if other.Labelling, err = dataset.NewLabelling([]dataset.Region{{Name: "background", Labels: []int{0}}, {Name: "a", Labels: []int{1}},
		{Name: "b", Labels: []int{2}}, {Name: "c", Labels: []int{3}}}, nil); err != nil {
		t.Fatal(err)
	}
	other.Initial = initial
	list = events(&other)
	trainedTensors(t, other)
	message = kinds(*list, "start")[0].Message
	for _, want := range []string{
		"1 adapted to the input channels: encoder.stages.0.0.convs.0.conv.weight", "2 new: decoder.seg_layers.0.weight, decoder.seg_layers.0.bias",
		"2 not used: decoder.seg_layers.0.weight, decoder.seg_layers.0.bias",
	} {
		if !strings.Contains(message, want) {
			t.Errorf("%q lacks %q", message, want)
		}
	}
}

// withSecondChannel writes the cases again with their channel twice.
func withSecondChannel(t *testing.T, job *Job) {
	t.Helper()
	store, err := dataset.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for k := range 5 {
		r := testRecord(k)
		r.Channels, r.Data = 2, append(r.Data, r.Data...)
		if err := store.Put(r); err != nil {
			t.Fatal(err)
		}
	}
	job.Store = store
}

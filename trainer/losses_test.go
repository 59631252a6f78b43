package trainer

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
)

// testLoss returns a loss of a plan that moves within a few epochs.
func testLoss(t *testing.T, name string) plans.Loss {
	t.Helper()
	l, err := plans.DefaultLoss(name)
	if err != nil {
		t.Fatal(err)
	}
	if name == plans.Focal || name == plans.WeightedCE {
		l.ClassWeights = []float64{1, 2, 3}
	}
	return l
}

// deeper gives the test network a third stage, so that two resolutions are supervised.
func deeper(c *plans.Configuration) {
	a := &c.Architecture
	a.Features, a.Convolutions, a.DecoderConvolutions = []int{4, 8, 8}, []int{1, 1, 1}, []int{1, 1}
	a.Strides = [][]int{{1, 1, 1}, {2, 2, 2}, {2, 2, 2}}
	a.Kernels = [][]int{{3, 3, 3}, {3, 3, 3}, {3, 3, 3}}
}

// TestEveryLossTrains makes two updates with every loss, on two resolutions, with one worker and with three,
// and expects finite losses and equal weights.
func TestEveryLossTrains(t *testing.T) {
	for _, name := range plans.Losses() {
		t.Run(name, func(t *testing.T) {
			var want []byte
			workers := []int{1}
			if mapFor(&plans.Configuration{Loss: testLoss(t, name)}, testJob(t, t.TempDir()).Labelling) != nil {
				workers = []int{1, 3} // who computes a map must not matter
			}
			for _, workers := range workers {
				job := testJob(t, t.TempDir())
				job.stepper, job.Executor = nil, testExecutor(t)
				job.Config.Epochs, job.Config.Iterations, job.Config.ValidationIterations, job.Config.Workers = 2, 1, 1, workers
				job.Configuration.Loss = testLoss(t, name)
				job.Configuration.Spacing = []float64{2, 1, 1}
				deeper(job.Configuration)
				list := events(&job)
				if err := Run(t.Context(), job); err != nil {
					t.Fatal(err)
				}
				for _, e := range kinds(*list, "epoch") {
					if math.IsNaN(float64(*e.TrainLoss)) || math.IsNaN(float64(*e.ValidationLoss)) || *e.TrainLoss == 0 {
						t.Errorf("losses %v and %v", *e.TrainLoss, *e.ValidationLoss)
					}
				}
				got := finalWeights(t, job.Folder)
				if want == nil {
					want = got
				}
				if !bytes.Equal(got, want) {
					t.Error("other weights with other workers")
				}
			}
		})
	}
}

// TestLossesOfRegions trains with every loss on regions with an ignore label, or expects the refusal.
func TestLossesOfRegions(t *testing.T) {
	labelling, err := dataset.NewLabelling([]dataset.Region{
		{Name: "background", Labels: []int{0}}, {Name: "all", Labels: []int{1, 2}}, {Name: "core", Labels: []int{2}}, {Name: "ignore", Labels: []int{3}},
	}, []int{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{plans.WeightedCE: "has regions", plans.Boundary: "ignored"}
	for _, name := range plans.Losses() {
		job := testJob(t, t.TempDir())
		job.Labelling = labelling
		job.stepper, job.Executor = nil, testExecutor(t)
		job.Config.Epochs, job.Config.Iterations, job.Config.ValidationIterations = 1, 2, 1
		job.Configuration.Loss, _ = plans.DefaultLoss(name)
		err := Run(t.Context(), job)
		if sentence := refused[name]; sentence != "" {
			if err == nil || !strings.Contains(err.Error(), sentence) || !fault.IsInput(err) {
				t.Errorf("%s: %v, want a refusal with %q", name, err, sentence)
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWeightsOfOtherClassesAreRefused gives weights of two classes where there are three.
func TestWeightsOfOtherClassesAreRefused(t *testing.T) {
	job := testJob(t, t.TempDir())
	job.Configuration.Loss = testLoss(t, plans.Focal)
	job.Configuration.Loss.ClassWeights = []float64{1, 2}
	if err := CheckLoss(job.Configuration, job.Labelling); err == nil || !strings.Contains(err.Error(), "2 class_weights") || !fault.IsInput(err) {
		t.Errorf("%v, want a refusal", err)
	}
}

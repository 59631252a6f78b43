package trainer

import (
	"math"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/plans"
)

// stepOf compiles a two-stage U-Net with batch norm and gives it first values.
func stepOf(t *testing.T, dropout float64, workers int) (*networkStep, *Batch) {
	t.Helper()
	e, err := cpu.New(cpu.Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	a := plans.Architecture{Family: "unet", Dimensions: 2, Features: []int{4, 8}, Kernels: [][]int{{3, 3}, {3, 3}},
		Strides: [][]int{{1, 1}, {2, 2}}, Convolutions: []int{2, 2}, DecoderConvolutions: []int{2}, Bias: true, Dropout: dropout,
		Norm: plans.Norm{Kind: plans.BatchNorm, Epsilon: 1e-5, Affine: true}, Activation: plans.Activation{Kind: plans.ReLU}}
	s, first, err := newNetworkStep(problem{architecture: a, patch: []int{16, 16}, batch: 2, channels: 1, classes: 2, targets: 1,
		loss: loss.ForLabels{Ignore: loss.NoIgnore}, rule: Default().Rule, executor: e})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for name, v := range first(5) {
		if err := s.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	b := &Batch{Image: make([]float32, 512), Targets: [][]float32{make([]float32, 512)}}
	for i := range b.Image {
		b.Image[i] = 3 + float32(math.Sin(float64(i)*0.7))
		if b.Image[i] > 3.3 {
			b.Targets[0][i] = 1
		}
	}
	return s, b
}

// TestRunningStatisticsFollow looks at one batch until the running statistics have become the batch's: the
// loss with them, which starts elsewhere, must become the loss with the statistics of the batch. What is
// left is the unbiased variance, 1/128 above that of the batch at the bottom.
func TestRunningStatisticsFollow(t *testing.T) {
	s, b := stepOf(t, 0, 2)
	logits := make([]float32, s.validation.Outputs()[1].Size())
	start, err := s.Evaluate(t.Context(), b, logits)
	if err != nil {
		t.Fatal(err)
	}
	trained := 0.0
	for i := range 100 {
		if trained, err = s.Step(t.Context(), engine.Moment{Step: i + 1}, b); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Evaluate(t.Context(), b, logits)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got-trained) > 0.01 || math.Abs(start-trained) < 0.02 {
		t.Errorf("validation loss %v, at the start %v; the training loss is %v", got, start, trained)
	}
}

// TestDropoutFollowsTheStep: the loss of a batch depends on seed and step, not on the workers, and
// validation drops nothing.
func TestDropoutFollowsTheStep(t *testing.T) {
	var losses [2][]float64
	for i, workers := range []int{1, 3} {
		s, b := stepOf(t, 0.5, workers)
		for _, m := range []engine.Moment{{Seed: 1, Step: 1}, {Seed: 1, Step: 2}, {Seed: 2, Step: 1}, {Seed: 1, Step: 1}} {
			v, err := s.Step(t.Context(), m, b)
			if err != nil {
				t.Fatal(err)
			}
			losses[i] = append(losses[i], v)
		}
		logits := make([]float32, s.validation.Outputs()[1].Size())
		for range 2 {
			v, err := s.Evaluate(t.Context(), b, logits)
			if err != nil {
				t.Fatal(err)
			}
			losses[i] = append(losses[i], v)
		}
	}
	one := losses[0]
	for i, v := range one {
		if v != losses[1][i] {
			t.Errorf("loss %d is %v with one worker and %v with three", i, v, losses[1][i])
		}
	}
	if one[0] != one[3] || one[0] == one[1] || one[0] == one[2] || one[4] != one[5] {
		t.Errorf("losses %v: want the first and the fourth equal, the second and third others, the last two equal", one)
	}
}

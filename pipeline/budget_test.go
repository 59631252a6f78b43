package pipeline

import (
	"testing"
	"time"

	"github.com/autoseg/autoseg/trainer"
)

func TestDeadline(t *testing.T) {
	now := time.Unix(0, 0)
	for name, test := range map[string]struct {
		budget budget
		n      int
		want   time.Duration // from now; -1 means none
	}{
		"no budget":                   {budget{}, 5, -1},
		"one training":                {budget{end: now.Add(10 * time.Minute), after: time.Minute}, 1, 9 * time.Minute},
		"three share":                 {budget{end: now.Add(10 * time.Minute), after: time.Minute}, 3, 3 * time.Minute},
		"nothing left":                {budget{end: now.Add(time.Minute), after: 2 * time.Minute}, 2, 0},
		"the end lies in the past":    {budget{end: now.Add(-time.Minute)}, 1, 0},
		"a training that ended early": {budget{end: now.Add(20 * time.Minute)}, 2, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.budget.deadline(now, test.n)
			if test.want < 0 {
				if !got.IsZero() {
					t.Errorf("got %v, want none", got)
				}
				return
			}
			if got.Sub(now) != test.want {
				t.Errorf("got %v from now, want %v", got.Sub(now), test.want)
			}
		})
	}
}

func TestSpeed(t *testing.T) {
	s := speed{forward: 100 * time.Millisecond}
	if got, want := s.step(2), 600*time.Millisecond; got != want {
		t.Errorf("a step of two patches: got %v, want %v", got, want)
	}
	if got, want := s.prediction(80), 8800*time.Millisecond; got != want {
		t.Errorf("80 windows: got %v, want %v", got, want)
	}
}

func TestTimeOfATraining(t *testing.T) {
	s := speed{Speed: trainer.Speed{Train: 2 * time.Second, Validation: 500 * time.Millisecond}}
	length := trainer.Config{Epochs: 20, Iterations: 28, ValidationIterations: 6}
	if got, want := s.training(length), 20*59*time.Second; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	want := "20 epochs of 28 training and 6 validation iterations, 680 in all"
	if got := lengthOf(trainer.Segment{Epochs: 20, Iterations: 28, ValidationIterations: 6}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

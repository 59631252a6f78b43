package trainer

import (
	"context"
	"testing"
	"time"

	"github.com/autoseg/autoseg/weights"
)

// TestReserveIsThatOfTheValidation keeps the time for both validation cases, of 3·3·2 windows in 8 orientations
// each, two patches at a time, and a quarter more.
func TestReserveIsThatOfTheValidation(t *testing.T) {
	job := testJob(t, t.TempDir())
	for name, c := range map[string]struct {
		change func(*Job)
		speed  Speed
		want   time.Duration
	}{
		"no validation": {func(j *Job) { j.Validate = nil }, Speed{time.Second, time.Second}, 0},
		"as said":       {func(j *Job) { j.Config.Reserve = time.Minute }, Speed{time.Second, time.Second}, time.Minute},
		"estimated":     {func(*Job) {}, Speed{time.Second, time.Second / 2}, 90 * time.Second},
		"from training": {func(*Job) {}, Speed{Train: 3 * time.Second}, 180 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			job := job
			job.Validate = func(context.Context, []weights.Tensor) error { return nil }
			c.change(&job)
			trainer, err := New(job)
			if err != nil {
				t.Fatal(err)
			}
			defer trainer.Close()
			if got := trainer.reserve(c.speed); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

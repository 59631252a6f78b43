package trainer

import (
	"os"
	"testing"

	"github.com/autoseg/autoseg/engine/cpu"
)

// TestRehearse measures a real network and leaves nothing behind.
func TestRehearse(t *testing.T) {
	job := testJob(t, t.TempDir())
	executor, err := cpu.New(cpu.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer executor.Close()
	job.stepper, job.Executor = nil, executor
	s, err := Rehearse(t.Context(), job)
	if err != nil || s.Train <= 0 || s.Validation <= 0 {
		t.Errorf("got %+v, %v", s, err)
	}
	if _, err := os.Stat(job.Folder); !os.IsNotExist(err) {
		t.Errorf("%s was made", job.Folder)
	}
	memory, err := Memory(job)
	if err != nil {
		t.Fatal(err)
	}
	double := *job.Configuration
	double.BatchSize *= 2
	job.Configuration = &double
	more, err := Memory(job)
	if err != nil || memory <= 0 || more <= memory || more > 2*memory {
		t.Errorf("%d bytes, with twice the batch %d (%v): want more, at most twice as much", memory, more, err)
	}
}

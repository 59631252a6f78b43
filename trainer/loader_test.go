package trainer

import (
	"context"
	"testing"
	"time"
)

func testSource(t testing.TB) *Source {
	t.Helper()
	job := testJob(t, t.TempDir())
	d, err := job.openData()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d.training
}

// TestBatchesDoNotDependOnTheWorkers compares the batches of 1, 2, 3 and 5 workers, over the border of
// an epoch, and those of a loader that begins in the middle.
func TestBatchesDoNotDependOnTheWorkers(t *testing.T) {
	source := testSource(t)
	const iterations, n = 7, 20
	var want []float64
	for _, workers := range []int{1, 2, 3, 5} {
		l := NewLoader(source, workers, 0, 0, iterations)
		for i := range n {
			b, err := l.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if b.Epoch != i/iterations || b.Iteration != i%iterations {
				t.Fatalf("batch %d is of epoch %d, iteration %d", i, b.Epoch, b.Iteration)
			}
			d := digest(b)
			if workers == 1 {
				want = append(want, d)
			} else if d != want[i] {
				t.Errorf("%d workers: batch %d differs", workers, i)
			}
			l.Recycle(b)
		}
		l.Close()
	}
	l := NewLoader(source, 2, 1, 3, iterations)
	defer l.Close()
	b, err := l.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if digest(b) != want[iterations+3] {
		t.Error("a loader that begins in the middle makes another batch")
	}
}

func TestForcedSamplesContainForeground(t *testing.T) {
	source := testSource(t)
	b, patch := source.NewBatch(), source.Pipeline.NewPatch()
	for i := range 50 {
		source.Fill(b, patch, 0, i)
		n := len(b.Targets[0]) / 2
		found := false
		for _, y := range b.Targets[0][n:] { // the second of two is forced
			found = found || y > 0
		}
		if !found {
			t.Fatalf("batch %d has no foreground in its forced sample, box %v", i, b.Boxes[1])
		}
	}
}

func TestLoaderReportsAPanicAndEnds(t *testing.T) {
	source := testSource(t)
	source.Cases = nil
	l := NewLoader(source, 2, 0, 0, 3)
	defer l.Close()
	if _, err := l.Next(context.Background()); err == nil {
		t.Error("no error from a source without cases")
	}
}

func TestLoaderObeysTheContext(t *testing.T) {
	source := testSource(t)
	l := NewLoader(source, 1, 0, 0, 3)
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	for {
		if _, err := l.Next(ctx); err != nil { // batches are not recycled, so the workers run dry
			break
		}
	}
	if l.Waited() < 10*time.Millisecond {
		t.Error("the time waited was not counted")
	}
}

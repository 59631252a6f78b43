package parallel

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

func TestForDoesEveryTaskOnce(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 5, 50} {
		counts := make([]atomic.Int32, 23)
		var busy [50]atomic.Int32
		For(workers, len(counts), func(worker, i int) {
			if busy[worker].Add(1) != 1 {
				t.Errorf("worker number %d is in use twice", worker)
			}
			counts[i].Add(1)
			busy[worker].Add(-1)
		})
		for i := range counts {
			if n := counts[i].Load(); n != 1 {
				t.Errorf("%d workers: task %d was done %d times", workers, i, n)
			}
		}
	}
}

func TestForPassesPanicOn(t *testing.T) {
	defer func() {
		if r := recover(); r != "stop" {
			t.Errorf("recovered %v, want the panic of the task", r)
		}
	}()
	For(3, 10, func(_, i int) {
		if i == 4 {
			panic("stop")
		}
	})
	t.Error("the panic was swallowed")
}

func fail(i int) error {
	if i == 2 || i == 5 {
		return fmt.Errorf("task %d", i)
	}
	return nil
}

func TestEachStopsAndEveryGoesOn(t *testing.T) {
	err := Each(context.Background(), 1, 8, func(_, i int) error {
		if i > 2 {
			t.Errorf("task %d was started after the failure", i)
		}
		return fail(i)
	})
	if err == nil || err.Error() != "task 2" {
		t.Errorf("Each: %v, want the first failure", err)
	}
	for _, workers := range []int{1, 3} {
		err = Every(context.Background(), workers, 8, func(_, i int) error { return fail(i) })
		if err == nil || strings.ReplaceAll(err.Error(), "\n", ", ") != "task 2, task 5" {
			t.Errorf("Every with %d workers: %v, want both failures in order", workers, err)
		}
	}
}

func TestEndOfContext(t *testing.T) {
	for name, loop := range map[string]func(context.Context, int, int, func(int, int) error) error{"Each": Each, "Every": Every} {
		ctx, cancel := context.WithCancel(context.Background())
		err := loop(ctx, 1, 5, func(_, i int) error {
			if i == 1 {
				cancel()
			}
			if i > 1 {
				t.Errorf("%s: task %d was started after the end", name, i)
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want the context's", name, err)
		}
	}
}

// Package parallel runs loops on several cores. It is the only place of the module that starts
// goroutines for loops; results never depend on the number of workers as long as every task writes
// to places of its own.
package parallel

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// For calls task(worker, i) once for every i in [0, n). Worker numbers lie in [0, workers) and are
// never in use twice at the same time, so a task may use scratch memory indexed by them. With one
// worker or one task everything runs on the calling goroutine. A panic of a task reaches the caller.
func For(workers, n int, task func(worker, i int)) {
	workers = min(workers, n)
	if workers <= 1 {
		for i := range n {
			task(0, i)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	var once sync.Once
	var failure any
	loop := func(worker int) {
		defer func() {
			if r := recover(); r != nil {
				once.Do(func() { failure = r })
				next.Store(int64(n))
			}
		}()
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			task(worker, i)
		}
	}
	for w := 1; w < workers; w++ {
		wait.Add(1)
		go func() { defer wait.Done(); loop(w) }()
	}
	loop(0)
	wait.Wait()
	if failure != nil {
		panic(failure)
	}
}

// Each is For with tasks that can fail. It stops handing out tasks after the first failure or when
// ctx ends, waits for the running ones, and returns the error of the lowest task that failed.
func Each(ctx context.Context, workers, n int, task func(worker, i int) error) error {
	errs := make([]error, n)
	var failed atomic.Bool
	For(workers, n, func(worker, i int) {
		if failed.Load() || ctx.Err() != nil {
			return
		}
		if errs[i] = task(worker, i); errs[i] != nil {
			failed.Store(true)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Every is Each that does every task even if some fail, and joins the errors in the order of the tasks:
// whoever looks for faults wants all of them at once. When ctx ends, it returns the context's error.
func Every(ctx context.Context, workers, n int, task func(worker, i int) error) error {
	errs := make([]error, n)
	For(workers, n, func(worker, i int) {
		if ctx.Err() == nil {
			errs[i] = task(worker, i)
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.Join(errs...)
}

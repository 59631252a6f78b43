package parallel

import (
	"sync"
	"sync/atomic"
)

// Pool is a fixed set of workers that run one loop after another. It does what For does without
// starting goroutines or allocating at every loop, which counts for loops of some microseconds. A
// pool runs one loop at a time and is used by one goroutine at a time.
type Pool struct {
	workers int
	wake    []chan struct{}
	running sync.WaitGroup

	task    func(worker, i int)
	n       int64
	next    atomic.Int64
	failure atomic.Pointer[any]
}

// NewPool starts a pool; the goroutine that calls For is one of its workers. Close ends the others.
func NewPool(workers int) *Pool {
	p := &Pool{workers: max(workers, 1)}
	for w := 1; w < p.workers; w++ {
		wake := make(chan struct{}, 1)
		p.wake = append(p.wake, wake)
		go func() {
			for range wake {
				p.loop(w)
				p.running.Done()
			}
		}()
	}
	return p
}

// Workers returns the number of workers: the worker numbers of tasks lie below it.
func (p *Pool) Workers() int { return p.workers }

// For calls task(worker, i) once for every i in [0, n), as the function For does.
func (p *Pool) For(n int, task func(worker, i int)) {
	if p.workers == 1 || n <= 1 {
		for i := range n {
			task(0, i)
		}
		return
	}
	p.task, p.n = task, int64(n)
	p.next.Store(0)
	helpers := min(p.workers, n) - 1
	p.running.Add(helpers)
	for _, wake := range p.wake[:helpers] {
		wake <- struct{}{}
	}
	p.loop(0)
	p.running.Wait()
	p.task = nil
	if failure := p.failure.Swap(nil); failure != nil {
		panic(*failure)
	}
}

func (p *Pool) loop(worker int) {
	defer p.recover()
	for i := p.next.Add(1) - 1; i < p.n; i = p.next.Add(1) - 1 {
		p.task(worker, int(i))
	}
}

// recover keeps the first panic of a task and lets the loop run dry.
func (p *Pool) recover() {
	if r := recover(); r != nil {
		failure := r // a copy, so that only a panic allocates
		p.failure.CompareAndSwap(nil, &failure)
		p.next.Store(p.n)
	}
}

// Close ends the workers. The pool cannot be used afterwards.
func (p *Pool) Close() {
	for _, wake := range p.wake {
		close(wake)
	}
	p.wake, p.workers = nil, 1
}

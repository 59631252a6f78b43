package parallel

import (
	"sync/atomic"
	"testing"
)

func TestPoolRunsEveryTaskOnce(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 5} {
		p := NewPool(workers)
		for _, n := range []int{0, 1, 3, 1000} {
			counts := make([]atomic.Int32, n)
			p.For(n, func(worker, i int) {
				if worker < 0 || worker >= p.Workers() {
					t.Errorf("worker %d of %d", worker, p.Workers())
				}
				counts[i].Add(1)
			})
			for i := range counts {
				if c := counts[i].Load(); c != 1 {
					t.Fatalf("%d workers, %d tasks: task %d ran %d times", workers, n, i, c)
				}
			}
		}
		p.Close()
	}
}

func TestPoolPassesPanicOn(t *testing.T) {
	p := NewPool(3)
	defer p.Close()
	for range 2 { // the pool stays usable
		func() {
			defer func() {
				if r := recover(); r != "broken" {
					t.Errorf("recovered %v", r)
				}
			}()
			p.For(10, func(_, i int) {
				if i == 4 {
					panic("broken")
				}
			})
			t.Error("no panic")
		}()
	}
	var n atomic.Int32
	p.For(10, func(_, _ int) { n.Add(1) })
	if n.Load() != 10 {
		t.Errorf("%d tasks after a panic", n.Load())
	}
}

func TestPoolDoesNotAllocate(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	var n atomic.Int64
	task := func(_, i int) { n.Add(int64(i)) }
	if a := testing.AllocsPerRun(100, func() { p.For(20, task) }); a != 0 {
		t.Errorf("%v allocations per loop", a)
	}
}

func BenchmarkPool(b *testing.B) {
	p := NewPool(2)
	defer p.Close()
	var n atomic.Int64
	task := func(_, _ int) { n.Add(1) }
	for b.Loop() {
		p.For(2, task)
	}
}

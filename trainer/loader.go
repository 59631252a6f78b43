package trainer

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Loader prepares batches ahead of the engine, in goroutines of its own. Batches come in order,
// whichever goroutine made them, and at most depth of them wait; their memory is recycled.
type Loader struct {
	source     *Source
	iterations int
	first      place
	ready      []chan *Batch // slot of batch number i is i % depth
	tickets    chan ticket
	next       int
	cancel     context.CancelCauseFunc
	ctx        context.Context
	workers    sync.WaitGroup
	waited     time.Duration
}

// place is an iteration of an epoch.
type place struct{ epoch, iteration int }

// ticket asks for batch number n in the memory of batch.
type ticket struct {
	n     int
	batch *Batch
}

// NewLoader starts workers that prepare the batches from an iteration of an epoch on; every epoch has
// the given number of iterations, and there is no last one. Close ends them.
func NewLoader(source *Source, workers, epoch, iteration, iterations int) *Loader {
	depth := waiting(workers)
	ctx, cancel := context.WithCancelCause(context.Background())
	l := &Loader{
		source: source, iterations: iterations, first: place{epoch, iteration},
		ready: make([]chan *Batch, depth), tickets: make(chan ticket, depth), ctx: ctx, cancel: cancel,
	}
	for i := range l.ready {
		l.ready[i] = make(chan *Batch, 1)
		l.tickets <- ticket{i, source.NewBatch()}
	}
	for range workers {
		l.workers.Add(1)
		go l.work()
	}
	return l
}

// waiting is the number of batches that a loader with so many workers has in memory.
func waiting(workers int) int { return workers + 2 }

// at returns the place of batch number n.
func (l *Loader) at(n int) place {
	total := l.first.iteration + n
	return place{l.first.epoch + total/l.iterations, total % l.iterations}
}

func (l *Loader) work() {
	defer l.workers.Done()
	defer func() {
		if r := recover(); r != nil {
			l.cancel(fmt.Errorf("prepare a batch: %v", r))
		}
	}()
	patch := l.source.Pipeline.NewPatch()
	for {
		select {
		case <-l.ctx.Done():
			return
		case t := <-l.tickets:
			p := l.at(t.n)
			l.source.Fill(t.batch, patch, p.epoch, p.iteration)
			l.ready[t.n%len(l.ready)] <- t.batch
		}
	}
}

// Next returns the next batch. It belongs to the caller until Recycle.
func (l *Loader) Next(ctx context.Context) (*Batch, error) {
	slot := l.ready[l.next%len(l.ready)]
	select {
	case b := <-slot:
		l.next++
		return b, nil
	default:
	}
	start := time.Now()
	defer func() { l.waited += time.Since(start) }()
	select {
	case b := <-slot:
		l.next++
		return b, nil
	case <-l.ctx.Done():
		return nil, context.Cause(l.ctx)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Recycle gives the memory of the batch that Next returned last back to the workers.
func (l *Loader) Recycle(b *Batch) { l.tickets <- ticket{l.next - 1 + len(l.ready), b} }

// Waited returns how long Next has waited for the workers since the last call.
func (l *Loader) Waited() time.Duration {
	w := l.waited
	l.waited = 0
	return w
}

// Close ends the workers.
func (l *Loader) Close() {
	l.cancel(context.Canceled)
	l.workers.Wait()
}

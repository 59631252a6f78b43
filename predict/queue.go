package predict

import "context"

// queue lets cases follow each other: overlapping, the next one being prepared and the last one being
// written beside the network, or strictly one after the other.
type queue struct {
	overlap bool
	turn    chan struct{} // one entry per case that may be prepared
	writing chan struct{} // one result may be on its way to the disk
}

func newQueue(overlap bool) *queue {
	q := &queue{overlap: overlap, turn: make(chan struct{}, 1), writing: make(chan struct{}, 1)}
	q.turn <- struct{}{}
	return q
}

// wait waits until the next case may be prepared. It reports false when ctx ended.
func (q *queue) wait(ctx context.Context) bool {
	if q.overlap {
		return ctx.Err() == nil
	}
	select {
	case <-q.turn:
		return true
	case <-ctx.Done():
		return false
	}
}

// skip lets the next case begin after one that has no result.
func (q *queue) skip() {
	if !q.overlap {
		q.turn <- struct{}{}
	}
}

// write calls store: beside the next case, or at once.
func (q *queue) write(store func()) {
	if !q.overlap {
		store()
		q.turn <- struct{}{}
		return
	}
	q.writing <- struct{}{}
	go func() {
		defer func() { <-q.writing }()
		store()
	}()
}

package cpu

import "github.com/autoseg/autoseg/engine"

// transfer moves activations between the host and the executor. It is part of the executor, so that its
// loops need no closures of their own. The pixels of every block are cut into chunks; a chunk of 16
// planar channels and its blocked form are 512 KB together and stay in the second-level cache.
type transfer struct {
	blocked  blocked
	planar   []float32
	up, down func(worker, i int)
}

func newTransfer() *transfer {
	t := &transfer{}
	t.up = func(_, i int) { toBlockedPiece(t.blocked, t.planar, t.blocked.piece(i)) }
	t.down = func(_, i int) { fromBlockedPiece(t.planar, t.blocked, t.blocked.piece(i)) }
	return t
}

func (e *executor) toBlocked(dst blocked, src []float32) {
	e.transfer.blocked, e.transfer.planar = dst, src
	e.pool.For(dst.tasks(), e.transfer.up)
	e.transfer.planar = nil // the host's array is not ours to keep
}

func (e *executor) fromBlocked(dst []float32, src blocked) {
	e.transfer.blocked, e.transfer.planar = src, dst
	e.pool.For(src.tasks(), e.transfer.down)
	e.transfer.planar = nil
}

func toBlockedPiece(dst blocked, src []float32, p piece) {
	to := dst.rows(p.sample, p.block, p.from, p.to)
	first := p.block * lanes
	count := min(lanes, dst.channels-first)
	if count < lanes {
		clear(to)
	}
	for c := range count {
		from := src[(p.sample*dst.channels+first+c)*dst.pixel:][p.from:p.to]
		for i, v := range from {
			to[i*lanes+c] = v
		}
	}
}

func fromBlockedPiece(dst []float32, src blocked, p piece) {
	from := src.rows(p.sample, p.block, p.from, p.to)
	first := p.block * lanes
	for c := range min(lanes, src.channels-first) {
		to := dst[(p.sample*src.channels+first+c)*src.pixel:][p.from:p.to]
		for i := range to {
			to[i] = from[i*lanes+c]
		}
	}
}

// bindConvert changes a layout. Weights change only between programs that read them differently, so
// those conversions go through planar scratch.
func (e *executor) bindConvert(b *binding) (engine.Step, error) {
	dst, src := b.results[0], b.operands[0]
	switch {
	case dst.Layout == Blocked && src.Layout == engine.Planar:
		to, from := blockedOf(dst), floats(src)
		return &loop{e.pool, to.tasks(), func(_, i int) { toBlockedPiece(to, from, to.piece(i)) }}, nil
	case dst.Layout == engine.Planar && src.Layout == Blocked:
		to, from := floats(dst), blockedOf(src)
		return &loop{e.pool, from.tasks(), func(_, i int) { fromBlockedPiece(to, from, from.piece(i)) }}, nil
	}
	through := engine.Array{Shape: dst.Shape, F32: floats(b.scratch)[:dst.Shape.Size()]}
	return action(func() {
		e.Download(through, src)
		e.Upload(dst, through)
	}), nil
}

func convertScratch(_ *executor, ins *engine.Instruction) int {
	from, to := ins.Operands[0].Layout, ins.Results[0].Layout
	if from+to == Blocked { // planar and blocked
		return 0
	}
	return ins.Results[0].Shape.Size()
}

package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// bindGate binds op.GateKind: x, and a of one channel.
func (e *executor) bindGate(b *binding) (engine.Step, error) {
	x, a, y := blockedOf(b.operands[0]), blockedOf(b.operands[1]), blockedOf(b.results[0])
	return &loop{e.pool, x.tasks(), func(w, i int) {
		p := x.piece(i)
		e.workers[w].run(e.loops.Gate, vector.Args{X: x.at(p.sample, p.block, p.from), Y: a.at(p.sample, 0, p.from),
			Z: y.at(p.sample, p.block, p.from), N: p.to - p.from})
	}}, nil
}

// gatePixels is the number of pixels whose products a worker sums at a time: 16 KB.
const gatePixels = 256

// bindGateGrad binds op.GateGradKind, the sum of x*dy over the channels: first lane by lane over the
// blocks, then over the lanes.
func (e *executor) bindGateGrad(b *binding) (engine.Step, error) {
	x, dy, da := blockedOf(b.operands[0]), blockedOf(b.operands[1]), blockedOf(b.results[0])
	products := make([][gatePixels * lanes]float32, len(e.workers))
	perSample := (x.pixel + gatePixels - 1) / gatePixels
	return &loop{e.pool, x.samples * perSample, func(w, i int) {
		sample, from := i/perSample, i%perSample*gatePixels
		to := min(from+gatePixels, x.pixel)
		sums := products[w][:(to-from)*lanes]
		clear(sums)
		for block := range x.blocks {
			e.workers[w].run(e.loops.MulAdd, vector.Args{X: x.at(sample, block, from), Y: dy.at(sample, block, from),
				Z: unsafe.Pointer(&sums[0]), N: to - from})
		}
		dst := da.rows(sample, 0, from, to)
		clear(dst)
		for p := 0; p < len(sums); p += lanes {
			dst[p] = float32(total(sums[p:]))
		}
	}}, nil
}

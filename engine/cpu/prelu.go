package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// bindPReLU binds op.PReLUKind (x, slopes) and op.PReLUGradKind (x, slopes, dy): y is x or dy, behind the
// slope of its channel where x is not positive.
func (e *executor) bindPReLU(b *binding) (engine.Step, error) {
	x, slopes, y, z := blockedOf(b.operands[0]), floats(b.operands[1]), blockedOf(b.operands[0]), blockedOf(b.results[0])
	if len(b.operands) == 3 {
		y = blockedOf(b.operands[2])
	}
	return &loop{e.pool, x.tasks(), func(w, i int) {
		p, me := x.piece(i), &e.workers[w]
		clear(me.par[:lanes])
		copy(me.par[:x.inside(p.block)], slopes[p.block*lanes:])
		me.run(e.loops.PReLU, vector.Args{X: x.at(p.sample, p.block, p.from), Y: y.at(p.sample, p.block, p.from),
			Z: z.at(p.sample, p.block, p.from), Par: unsafe.Pointer(&me.par), N: p.to - p.from})
	}}, nil
}

// bindPReLUSlopeGrad binds op.PReLUSlopeGradKind, the sum of x*dy where x is negative: what NormSums takes
// of dy behind a ReLU at -x.
func (e *executor) bindPReLUSlopeGrad(b *binding) (engine.Step, error) {
	x, dy, dst := blockedOf(b.operands[0]), blockedOf(b.operands[1]), floats(b.results[0])
	partial := partials{x: x, sums: floats(b.scratch), joint: true}
	task := func(w, i int) {
		p, me := x.piece(i), &e.workers[w]
		me.par = [parameters * lanes]float32{}
		for l := range lanes {
			me.par[lanes+l] = -1
		}
		me.run(e.loops.NormSums, vector.Args{X: x.at(p.sample, p.block, p.from), Y: dy.at(p.sample, p.block, p.from),
			Par: unsafe.Pointer(&me.par), Sums: partial.at(i), N: p.to - p.from})
	}
	return &reduction{loop{e.pool, x.tasks(), task}, func() {
		partial.each(func(_, c int, _, second float64) { dst[c] = float32(second) })
	}}, nil
}

package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// bindAdd binds Add.
func (e *executor) bindAdd(b *binding) (engine.Step, error) {
	if b.results[0].Layout == engine.Planar {
		return e.bindPlanarAdd(b)
	}
	x, y, z := blockedOf(b.operands[0]), blockedOf(b.operands[1]), blockedOf(b.results[0])
	run := e.loops.Add
	if z.large() && apart(b.operands[0], b.results[0]) {
		run = e.loops.AddPast
	}
	return &loop{e.pool, z.tasks(), func(w, i int) {
		p := z.piece(i)
		e.workers[w].run(run, vector.Args{X: x.at(p.sample, p.block, p.from), Y: y.at(p.sample, p.block, p.from),
			Z: z.at(p.sample, p.block, p.from), N: p.to - p.from})
	}}, nil
}

func (e *executor) bindPlanarAdd(b *binding) (engine.Step, error) {
	f := flat{b.results[0].Shape.Size()}
	x, y, z := floats(b.operands[0]), floats(b.operands[1]), floats(b.results[0])
	return &loop{e.pool, f.tasks(), func(w, i int) {
		from, to := f.piece(i)
		whole := from + (to-from)/lanes*lanes
		if whole > from {
			e.workers[w].run(e.loops.Add, vector.Args{X: pointer(x, from), Y: pointer(y, from), Z: pointer(z, from), N: (whole - from) / lanes})
		}
		for j := whole; j < to; j++ {
			z[j] = x[j] + y[j]
		}
	}}, nil
}

// bindActivation binds the rectifiers as affine maps by 1 and 0.
func (e *executor) bindActivation(b *binding) (engine.Step, error) {
	x, y := blockedOf(b.operands[0]), blockedOf(b.results[0])
	slope := slope(b.Attributes.(engine.ActivationAttributes))
	run := e.loops.AffineLeaky
	if y.large() && apart(b.operands[0], b.results[0]) {
		run = e.loops.AffineLeakyPast
	}
	return &loop{e.pool, x.tasks(), func(w, i int) {
		p, me := x.piece(i), &e.workers[w]
		for l := range lanes {
			me.par[l], me.par[lanes+l], me.par[2*lanes+l] = 0, 1, 0
		}
		me.run(run, vector.Args{X: x.at(p.sample, p.block, p.from), Z: y.at(p.sample, p.block, p.from),
			Par: unsafe.Pointer(&me.par), N: p.to - p.from, Slope: slope})
	}}, nil
}

// bindActivationGrad binds the derivatives of the rectifiers: x, dy.
func (e *executor) bindActivationGrad(b *binding) (engine.Step, error) {
	x, dy, dx := blockedOf(b.operands[0]), blockedOf(b.operands[1]), blockedOf(b.results[0])
	slope := slope(b.Attributes.(engine.ActivationAttributes))
	return &loop{e.pool, x.tasks(), func(w, i int) {
		p := x.piece(i)
		e.workers[w].run(e.loops.LeakyGrad, vector.Args{X: x.at(p.sample, p.block, p.from),
			Y: dy.at(p.sample, p.block, p.from), Z: dx.at(p.sample, p.block, p.from), N: p.to - p.from, Slope: slope})
	}}, nil
}

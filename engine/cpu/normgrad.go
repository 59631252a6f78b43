package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// normScratch holds two vectors of partial sums for every task on the first operand.
func normScratch(_ *executor, ins *engine.Instruction) int {
	return shapeOf(ins.Operands[0].Shape).tasks() * 2 * lanes
}

// bindNormGradSums binds NormGradSums (x, moments, dy) and NormActGradSums (x, moments, gamma, beta, dz).
func (e *executor) bindNormGradSums(b *binding) (engine.Step, error) {
	x, dy := blockedOf(b.operands[0]), blockedOf(b.operands[len(b.operands)-1])
	s := statisticsOf(b.operands[1], x.channels)
	if len(b.operands) == 5 {
		s.gamma, s.beta = floats(b.operands[2]), floats(b.operands[3])
	}
	_, slope := normAttributes(b.Instruction)
	partial := partials{x: x, sums: floats(b.scratch), joint: s.joint}
	dst := floats(b.results[0])
	task := func(w, i int) {
		p, me := x.piece(i), &e.workers[w]
		s.fill(&me.par, p)
		me.run(e.loops.NormSums, vector.Args{X: x.at(p.sample, p.block, p.from), Y: dy.at(p.sample, p.block, p.from),
			Par: unsafe.Pointer(&me.par), Sums: partial.at(i), N: p.to - p.from, Slope: slope})
	}
	return &reduction{loop{e.pool, x.tasks(), task}, func() {
		partial.each(func(group, c int, first, second float64) {
			at := 2 * (group*x.channels + c)
			dst[at], dst[at+1] = float32(first), float32(second*s.channel(group, c).rstd)
		})
	}}, nil
}

// bindNormGradInput binds NormGradInput (x, moments, gamma, dy, sums) and NormActGradInput (x, moments,
// gamma, beta, dz, sums).
//
// With m elements per group, dx = scale*(g - sum(g)/m - xhat*sum(g*xhat)/m) is scale*(g - c - b*(x - mean)).
func (e *executor) bindNormGradInput(b *binding) (engine.Step, error) {
	last := len(b.operands) - 1
	x, dy, dx := blockedOf(b.operands[0]), blockedOf(b.operands[last-1]), blockedOf(b.results[0])
	s := statisticsOf(b.operands[1], x.channels)
	s.gamma = floats(b.operands[2])
	if last == 5 {
		s.beta = floats(b.operands[3])
	}
	_, slope := normAttributes(b.Instruction)
	sums := floats(b.operands[last])
	run := e.loops.NormGrad
	if dx.large() && apart(b.operands[0], b.results[0]) && apart(b.operands[last-1], b.results[0]) {
		run = e.loops.NormGradPast
	}
	return &loop{e.pool, x.tasks(), func(w, i int) {
		p, me := x.piece(i), &e.workers[w]
		s.gradient(&me.par, p, sums, x)
		me.run(run, vector.Args{X: x.at(p.sample, p.block, p.from), Y: dy.at(p.sample, p.block, p.from),
			Z: dx.at(p.sample, p.block, p.from), Par: unsafe.Pointer(&me.par), N: p.to - p.from, Slope: slope})
	}}, nil
}

func (s statistics) gradient(par *[parameters * lanes]float32, p piece, sums []float32, x blocked) {
	group, count := p.sample, float64(x.pixel)
	if s.joint {
		group, count = 0, count*float64(x.samples)
	}
	s.each(par, p, func(l int, k channel) {
		at := 2 * (group*s.channels + p.block*lanes + l)
		par[3*lanes+l] = float32(k.rstd * float64(sums[at+1]) / count)
		par[4*lanes+l] = float32(float64(sums[at]) / count)
	})
}

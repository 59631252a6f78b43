package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// pointwiseOperation computes the definition of a kind whose result's elements each depend on the operands'
// elements at the same place alone, in pieces by all workers.
var pointwiseOperation = operation{layouts: allPlanar, bind: (*executor).bindPointwise}

func (e *executor) bindPointwise(b *binding) (engine.Step, error) {
	f := flat{b.results[0].Shape.Size()}
	return e.bindPieces(b, f.tasks(), f.piece), nil
}

// bySampleOperation does the same for kinds whose samples are independent of each other.
var bySampleOperation = operation{layouts: allPlanar, bind: (*executor).bindBySample}

func (e *executor) bindBySample(b *binding) (engine.Step, error) {
	s := b.results[0].Shape
	size := s.Size() / s[0]
	return e.bindPieces(b, s[0], func(i int) (from, to int) { return i * size, (i + 1) * size }), nil
}

// bindPieces computes a definition on parts of its arrays: those of a sample keep their shape, shorter ones
// are flat.
func (e *executor) bindPieces(b *binding, tasks int, piece func(i int) (from, to int)) engine.Step {
	s := b.results[0].Shape
	part := func(t engine.Tensor, from, to int) engine.Array {
		shape := engine.Shape{to - from}
		if sample := t.Shape.Size() / s[0]; to-from == sample {
			shape = append(engine.Shape{1}, t.Shape[1:]...)
		}
		return engine.Array{Shape: shape, F32: floats(t)[from:to]}
	}
	type call struct {
		dst      engine.Array
		operands []engine.Array
	}
	calls := make([]call, tasks)
	for i := range calls {
		from, to := piece(i)
		calls[i].dst = part(b.results[0], from, to)
		for _, o := range b.operands {
			calls[i].operands = append(calls[i].operands, part(o, from, to))
		}
	}
	return &loop{e.pool, tasks, func(_, i int) { b.Definition.Compute(calls[i].dst, calls[i].operands) }}
}

// bindScale binds Scale of an activation.
func (e *executor) bindScale(b *binding) (engine.Step, error) {
	factor := float32(b.Attributes.(engine.ScaleAttributes).Factor)
	return e.bindChannelScale(b, b.operands[0], func(int) float32 { return factor }), nil
}

// bindFixedNormGradInput binds op.FixedNormGradInputKind: moments, gamma, dy -> dy*gamma/deviation.
func (e *executor) bindFixedNormGradInput(b *binding) (engine.Step, error) {
	moments, gamma := floats(b.operands[0]), floats(b.operands[1])
	return e.bindChannelScale(b, b.operands[2], func(c int) float32 { return gamma[c] * moments[2*c+1] }), nil
}

// bindChannelScale multiplies every channel with a number.
func (e *executor) bindChannelScale(b *binding, operand engine.Tensor, factor func(channel int) float32) engine.Step {
	x, y := blockedOf(operand), blockedOf(b.results[0])
	run := e.loops.AffineLeaky
	if y.large() && apart(operand, b.results[0]) {
		run = e.loops.AffineLeakyPast
	}
	return &loop{e.pool, x.tasks(), func(w, i int) {
		p, me := x.piece(i), &e.workers[w]
		me.par = [parameters * lanes]float32{}
		for l := range x.inside(p.block) {
			me.par[lanes+l] = factor(p.block*lanes + l)
		}
		me.run(run, vector.Args{X: x.at(p.sample, p.block, p.from), Z: y.at(p.sample, p.block, p.from),
			Par: unsafe.Pointer(&me.par), N: p.to - p.from, Slope: 1})
	}}
}

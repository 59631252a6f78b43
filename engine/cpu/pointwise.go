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
	pieces := make([]call, f.tasks())
	for i := range pieces {
		from, to := f.piece(i)
		part := func(t engine.Tensor) engine.Array { return engine.Of32(engine.Shape{to - from}, floats(t)[from:to]) }
		pieces[i].dst = part(b.results[0])
		for _, o := range b.operands {
			pieces[i].operands = append(pieces[i].operands, part(o))
		}
	}
	return e.calls(b.Definition, pieces), nil
}

// bySampleOperation computes the definition of a kind whose samples are independent of each other, a sample
// at a time.
var bySampleOperation = operation{layouts: allPlanar, bind: func(e *executor, b *binding) (engine.Step, error) {
	samples := make([]call, b.results[0].Shape[0])
	for i := range samples {
		samples[i].dst = sampleOf(b.results[0], i)
		for _, o := range b.operands {
			samples[i].operands = append(samples[i].operands, sampleOf(o, i))
		}
	}
	return e.calls(b.Definition, samples), nil
}}

// call is the definition of an operator on part of its arrays.
type call struct {
	dst      engine.Array
	operands []engine.Array
}

func (e *executor) calls(d *engine.Definition, list []call) engine.Step {
	return &loop{e.pool, len(list), func(_, i int) { d.Compute(list[i].dst, list[i].operands) }}
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

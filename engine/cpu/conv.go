package cpu

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/kernel"
)

// convolver is a plan that computes activations: forward or the gradient of the input.
type convolver interface {
	Partials() int
	StatsLen() int
	Scratch(workers int) int
	Run(kernel.Call)
}

// weigher is a plan that computes the gradient of weights.
type weigher interface {
	Scratch(workers int) int
	Run(kernel.GradCall)
}

// plan is a convolution in one direction, the key under which its plan is kept.
type plan struct {
	shape     kernel.Shape
	direction direction
	form      kernel.Form // of the weights, forward
}

type direction uint8

const (
	forward direction = iota
	gradInput
	gradWeight
	planarForward
	planarGradWeight
)

// planOf describes an instruction. A transposed convolution is the gradient of a convolution with
// respect to its input, so its directions are exchanged.
func planOf(ins *engine.Instruction) plan {
	o, r := ins.Operands, ins.Results[0]
	switch ins.Kind {
	case engine.Conv, engine.ConvMoments:
		return plan{convShape(ins, o[0].Shape, o[1].Shape), first(forward, planarForward, o[0]), formOf(o[1].Layout)}
	case engine.ConvGradInput:
		return plan{convShape(ins, r.Shape, o[0].Shape), gradInput, kernel.Packed}
	case engine.ConvGradWeight:
		return plan{convShape(ins, o[0].Shape, r.Shape), first(gradWeight, planarGradWeight, o[0]), kernel.Packed}
	case engine.ConvT:
		return plan{convShape(ins, r.Shape, o[1].Shape), gradInput, kernel.Packed}
	case engine.ConvTGradInput:
		return plan{convShape(ins, o[1].Shape, o[0].Shape), forward, kernel.Packed}
	}
	return plan{convShape(ins, o[1].Shape, r.Shape), gradWeight, kernel.Packed} // ConvTGradWeight
}

func first(usual, planar direction, x *engine.Value) direction {
	if x.Layout == engine.Planar {
		return planar
	}
	return usual
}

// convShape describes a convolution of x with weights w (out, in, k...).
func convShape(ins *engine.Instruction, x, w engine.Shape) kernel.Shape {
	a, ok := ins.Attributes.(engine.ConvAttributes)
	if !ok {
		a = ins.Attributes.(engine.FusedConv).ConvAttributes
	}
	return kernel.Shape{N: x[0], In: w[1], Out: w[0], Extent: x.Spatial(), Kernel: a.Kernel, Stride: a.Stride, Pad: a.Pad}
}

// convLayouts takes activations blocked and weights packed. A network input of fewer channels than a
// block stays planar: a block would be mostly zeros.
func convLayouts(ins *engine.Instruction) (operands, results []engine.Layout) {
	activations, weights := Blocked, Packed
	if x := ins.Operands[0]; x.Role == engine.External && x.Shape[1] < lanes {
		switch ins.Kind {
		case engine.Conv, engine.ConvMoments, engine.ConvGradWeight:
			activations, weights = engine.Planar, PackedFirst
		}
	}
	switch ins.Kind {
	case engine.Conv, engine.ConvMoments, engine.ConvT:
		operands = []engine.Layout{activations, weights, engine.Planar}[:len(ins.Operands)]
		return operands, []engine.Layout{Blocked, engine.Planar}[:len(ins.Results)]
	case engine.ConvGradInput, engine.ConvTGradInput:
		return []engine.Layout{Packed, Blocked}, []engine.Layout{Blocked}
	}
	return []engine.Layout{activations, Blocked}, []engine.Layout{weights}
}

// constantWeights returns the layout of weights that do not change from run to run: transformed where the
// convolution works on transformed ones. Everything else takes them packed.
func (e *executor) constantWeights(ins *engine.Instruction) (engine.Layout, bool) {
	if ins.Kind != engine.Conv && ins.Kind != engine.ConvMoments || !ins.Operands[1].Fixed {
		return 0, false
	}
	s := convShape(ins, ins.Operands[0].Shape, ins.Operands[1].Shape)
	if s.Validate() != nil || kernel.FormOf(s, e.level) != kernel.Points {
		return 0, false
	}
	if e.half {
		return HalfPoints, true
	}
	return Points, true
}

// plan returns the plan of an instruction, made once per shape and direction.
func (e *executor) plan(p plan) (any, error) {
	if made := e.plans[p]; made != nil {
		return made, nil
	}
	if err := p.shape.Validate(); err != nil {
		return nil, err
	}
	var made any
	switch p.direction {
	case forward:
		made = kernel.NewForwardOf(p.shape, e.level, p.form)
	case gradInput:
		made = kernel.NewGradInput(p.shape, e.level)
	case gradWeight:
		made = kernel.NewGradWeight(p.shape, e.level)
	case planarForward:
		made = kernel.NewPlanarForward(p.shape, e.level)
	default:
		made = kernel.NewPlanarGradWeight(p.shape, e.level)
	}
	e.plans[p] = made
	return made, nil
}

// convScratch is the plan's own working memory, behind the statistics where they are wanted. A shape
// that no kernel takes is reported by Bind.
func convScratch(e *executor, ins *engine.Instruction) int {
	made, err := e.plan(planOf(ins))
	if err != nil {
		return 0
	}
	n := made.(interface{ Scratch(int) int }).Scratch(e.pool.Workers())
	if len(ins.Results) == 2 {
		n += roundUp(made.(convolver).StatsLen())
	}
	return n
}

func roundUp(n int) int { return (n + alignment - 1) / alignment * alignment }

// bindConv binds everything whose result is an activation: x and w in either order, then the bias.
func (e *executor) bindConv(b *binding) (engine.Step, error) {
	made, err := e.plan(planOf(b.Instruction))
	if err != nil {
		return nil, err
	}
	run := made.(convolver)
	x, w := b.operands[0], b.operands[1]
	if b.Kind == engine.ConvGradInput || b.Kind == engine.ConvTGradInput {
		x, w = w, x
	}
	call := kernel.Call{Dst: activation(b.results[0]), Src: activation(x), Weights: floats(w),
		Scratch: floats(b.scratch), Workers: e.pool.Workers()}
	if len(b.operands) == 3 {
		call.Bias = floats(b.operands[2])
	}
	if b.Kind != engine.ConvMoments {
		return action(func() { run.Run(call) }), nil
	}
	a, ok := b.Attributes.(engine.FusedConv)
	if !ok || len(b.results) != 2 {
		return nil, fmt.Errorf("%s without attributes or without its second result", b.Kind)
	}
	stats := run.StatsLen()
	call.Stats, call.Scratch = call.Scratch[:stats], call.Scratch[roundUp(stats):]
	y := b.results[0]
	m := kernel.Moments{N: y.Shape[0], Channels: y.Shape[1], Partials: run.Partials(), Pixels: pixels(y.Shape),
		Epsilon: a.Norm.Epsilon, Joint: a.Norm.Batch}
	dst := floats(b.results[1])
	return action(func() {
		run.Run(call)
		m.Finish(dst, call.Stats)
	}), nil
}

// bindConvGradWeight binds ConvGradWeight (x, dy) and ConvTGradWeight, where the two exchange places.
func (e *executor) bindConvGradWeight(b *binding) (engine.Step, error) {
	made, err := e.plan(planOf(b.Instruction))
	if err != nil {
		return nil, err
	}
	x, dy := b.operands[0], b.operands[1]
	if b.Kind == engine.ConvTGradWeight {
		x, dy = dy, x
	}
	run := made.(weigher)
	call := kernel.GradCall{Dst: floats(b.results[0]), X: activation(x), DY: activation(dy),
		Scratch: floats(b.scratch), Workers: e.pool.Workers()}
	return action(func() { run.Run(call) }), nil
}

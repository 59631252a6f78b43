package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// statistics are the numbers per channel that a norm works with. Missing ones stand for gamma = 1 and
// beta = 0.
type statistics struct {
	moments, gamma, beta []float32
	channels             int
	joint                bool // one group for all samples
}

func statisticsOf(moments engine.Tensor, channels int) statistics {
	return statistics{moments: floats(moments), channels: channels, joint: moments.Shape[0] == 1}
}

// channel is what a norm does to one channel: y = (x - mean)*scale + shift.
type channel struct{ mean, rstd, scale, shift float64 }

func (s statistics) channel(sample, c int) channel {
	if s.joint {
		sample = 0
	}
	at := 2 * (sample*s.channels + c)
	k := channel{mean: float64(s.moments[at]), rstd: float64(s.moments[at+1])}
	k.scale = k.rstd
	if s.gamma != nil {
		k.scale *= float64(s.gamma[c])
	}
	if s.beta != nil {
		k.shift = float64(s.beta[c])
	}
	return k
}

// fill writes the parameters mean, scale and shift of a block, zero in lanes beyond the last channel, so
// that those stay zero whatever comes in.
func (s statistics) fill(par *[parameters * lanes]float32, p piece) {
	s.each(par, p, func(int, channel) {})
}

// each is fill with further parameters: it calls f for every channel with its lane.
func (s statistics) each(par *[parameters * lanes]float32, p piece, f func(lane int, k channel)) {
	*par = [parameters * lanes]float32{}
	for c := p.block * lanes; c < min(s.channels, (p.block+1)*lanes); c++ {
		l, k := c-p.block*lanes, s.channel(p.sample, c)
		par[l], par[lanes+l], par[2*lanes+l] = float32(k.mean), float32(k.scale), float32(k.shift)
		f(l, k)
	}
}

// normAttributes returns the norm and the slope behind it, 1 where no activation is fused.
func normAttributes(ins *engine.Instruction) (engine.NormAttributes, float32) {
	if f, ok := ins.Attributes.(engine.FusedNorm); ok {
		return f.NormAttributes, slope(f.Activation)
	}
	return ins.Attributes.(engine.NormAttributes), 1
}

// bindNormalise binds Normalise and NormaliseActivation: x, moments, gamma, beta.
func (e *executor) bindNormalise(b *binding) (engine.Step, error) {
	x, y := blockedOf(b.operands[0]), blockedOf(b.results[0])
	s := statisticsOf(b.operands[1], x.channels)
	s.gamma, s.beta = floats(b.operands[2]), floats(b.operands[3])
	_, slope := normAttributes(b.Instruction)
	run := e.loops.AffineLeaky
	if y.large() && apart(b.operands[0], b.results[0]) {
		run = e.loops.AffineLeakyPast
	}
	return &loop{e.pool, x.tasks(), func(w, i int) {
		p, me := x.piece(i), &e.workers[w]
		s.fill(&me.par, p)
		me.run(run, vector.Args{X: x.at(p.sample, p.block, p.from), Z: y.at(p.sample, p.block, p.from),
			Par: unsafe.Pointer(&me.par), N: p.to - p.from, Slope: slope})
	}}, nil
}

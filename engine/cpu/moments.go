package cpu

import (
	"math"
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// partials are two vectors of sums for every task on an activation.
type partials struct {
	x     blocked
	sums  []float32
	joint bool // groups span the batch
}

// at points to the sums of task i.
func (p partials) at(i int) unsafe.Pointer { return unsafe.Pointer(&p.sums[2*lanes*i]) }

// groups returns the number of groups and the samples in each.
func (p partials) groups() (groups, samples int) {
	if p.joint {
		return 1, p.x.samples
	}
	return p.x.samples, 1
}

// pair returns the sums of a task for one lane.
func (p partials) pair(task, lane int) (first, second float64) {
	return float64(p.sums[2*lanes*task+lane]), float64(p.sums[2*lanes*task+lanes+lane])
}

// each gives the totals of every group and channel, added in the order of the tasks.
func (p partials) each(f func(group, c int, first, second float64)) {
	groups, samples := p.groups()
	n := p.x.chunks()
	for g := range groups {
		for c := range p.x.channels {
			var first, second float64
			for s := range samples {
				task := ((g*samples+s)*p.x.blocks + c/lanes) * n
				for k := range n {
					a, b := p.pair(task+k, c%lanes)
					first, second = first+a, second+b
				}
			}
			f(g, c, first, second)
		}
	}
}

// bindMoments binds Moments. Every task takes its first pixel off before it sums, so that a large mean
// costs no digits; the pieces are then joined by the formula of Chan, Golub and LeVeque (1979).
func (e *executor) bindMoments(b *binding) (engine.Step, error) {
	x, dst := blockedOf(b.operands[0]), floats(b.results[0])
	a, _ := normAttributes(b.Instruction)
	partial := partials{x: x, sums: floats(b.scratch), joint: a.Batch}
	task := func(w, i int) {
		p := x.piece(i)
		first := x.at(p.sample, p.block, p.from)
		e.workers[w].run(e.loops.Moments, vector.Args{X: first, Par: first, Sums: partial.at(i), N: p.to - p.from})
	}
	return &reduction{loop{e.pool, x.tasks(), task}, func() { partial.moments(dst, a.Epsilon) }}, nil
}

func (p partials) moments(dst []float32, epsilon float64) {
	groups, samples := p.groups()
	n := p.x.chunks()
	for g := range groups {
		for c := range p.x.channels {
			var t spread
			for s := range samples {
				task := ((g*samples+s)*p.x.blocks + c/lanes) * n
				for k := range n {
					t.add(p.spread(task+k, c%lanes))
				}
			}
			at := 2 * (g*p.x.channels + c)
			dst[at], dst[at+1] = float32(t.mean), float32(1/math.Sqrt(t.squares/t.count+epsilon))
		}
	}
}

// spread describes a set of numbers: squares is the sum of squared deviations from the mean.
type spread struct{ count, mean, squares float64 }

func (p partials) spread(task, lane int) spread {
	part := p.x.piece(task)
	shift := float64(p.x.rows(part.sample, part.block, part.from, part.to)[lane])
	sum, square := p.pair(task, lane)
	count := float64(part.to - part.from)
	return spread{count, shift + sum/count, max(square-sum*sum/count, 0)}
}

func (s *spread) add(o spread) {
	total := s.count + o.count
	d := o.mean - s.mean
	s.squares += o.squares + d*d*s.count*o.count/total
	s.mean += d * o.count / total
	s.count = total
}

// bindChannelSum binds ChannelSum: the first of the two sums with nothing taken off.
func (e *executor) bindChannelSum(b *binding) (engine.Step, error) {
	x, dst := blockedOf(b.operands[0]), floats(b.results[0])
	partial := partials{x: x, sums: floats(b.scratch), joint: true}
	task := func(w, i int) {
		p, me := x.piece(i), &e.workers[w]
		me.par = [parameters * lanes]float32{}
		me.run(e.loops.Moments, vector.Args{X: x.at(p.sample, p.block, p.from), Par: unsafe.Pointer(&me.par),
			Sums: partial.at(i), N: p.to - p.from})
	}
	return &reduction{loop{e.pool, x.tasks(), task}, func() {
		partial.each(func(_, c int, first, _ float64) { dst[c] = float32(first) })
	}}, nil
}

package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
	"github.com/autoseg/autoseg/engine/op"
)

// separable is a linear map that acts on every axis by itself (op.Separable). A row of the result is the
// weighted sum of the operand's rows that the maps along z and y name, mapped along x.
type separable struct {
	e        *executor
	src, dst blocked
	in, out  [3]int
	sources  [2][][]source // of every output position along z and y
	strokes  []stroke      // along x
	inStep   int
	outStep  int
	sums     [][]float32 // per worker: a row of the operand's width
}

// source is an input position with its weight.
type source struct {
	at     int
	weight float32
}

// stroke is a run of n links along x with one weight, outStep and inStep apart.
type stroke struct {
	out, in, n int
	weight     float32
}

// bindSeparable binds averages, interpolations, boxes and their gradients.
func (e *executor) bindSeparable(b *binding) (engine.Step, error) {
	axes, _ := op.Separable(b.Instruction)
	s := &separable{e: e, src: blockedOf(b.operands[0]), dst: blockedOf(b.results[0]),
		in: b.operands[0].Shape.Spatial(), out: b.results[0].Shape.Spatial(),
		strokes: strokes(axes[2]), inStep: axes[2].InStep, outStep: axes[2].OutStep}
	for i := range s.sources {
		s.sources[i] = make([][]source, s.out[i])
		for _, l := range axes[i].Links {
			s.sources[i][l.Out] = append(s.sources[i][l.Out], source{l.In, float32(l.Weight)})
		}
	}
	for range e.workers {
		s.sums = append(s.sums, make([]float32, s.in[2]*lanes))
	}
	rows := rowsOf(s.dst, s.out)
	return &loop{e.pool, rows.tasks(), func(w, i int) { rows.each(i, func(r row) { s.row(w, r) }) }}, nil
}

// strokes joins links that repeat.
func strokes(a op.Axis) []stroke {
	type start struct{ out, in int }
	var r []stroke
	next := map[start]int{} // where a stroke would go on -> the stroke
	for _, l := range a.Links {
		here, weight := start{l.Out, l.In}, float32(l.Weight)
		i, ok := next[here]
		if ok && r[i].weight == weight {
			delete(next, here)
			r[i].n++
		} else {
			i = len(r)
			r = append(r, stroke{l.Out, l.In, 1, weight})
		}
		next[start{l.Out + a.OutStep, l.In + a.InStep}] = i
	}
	return r
}

// row computes a row of the result.
func (s *separable) row(w int, r row) {
	at := (r.z*s.out[1] + r.y) * s.out[2]
	clear(s.dst.rows(r.sample, r.block, at, at+s.out[2]))
	to := s.dst.at(r.sample, r.block, at)
	zs, ys := s.sources[0][r.z], s.sources[1][r.y]
	if len(zs) == 1 && len(ys) == 1 {
		s.along(w, to, s.from(r, zs[0].at, ys[0].at), zs[0].weight*ys[0].weight)
		return
	}
	sum, me, run := unsafe.Pointer(&s.sums[w][0]), &s.e.workers[w], s.e.loops.Scaled
	for _, z := range zs {
		for _, y := range ys {
			me.run(run, vector.Args{X: s.from(r, z.at, y.at), Z: sum, N: s.in[2], Factor: z.weight * y.weight, StepX: 4 * lanes, StepZ: 4 * lanes})
			run = s.e.loops.AddScaled
		}
	}
	if len(zs) > 0 && len(ys) > 0 {
		s.along(w, to, sum, 1)
	}
}

// from points to a row of the operand.
func (s *separable) from(r row, z, y int) unsafe.Pointer {
	return s.src.at(r.sample, r.block, (z*s.in[1]+y)*s.in[2])
}

// along adds a row, mapped along x, times a factor.
func (s *separable) along(w int, to, from unsafe.Pointer, factor float32) {
	const pixel = 4 * lanes
	for _, k := range s.strokes {
		s.e.workers[w].run(s.e.loops.AddScaled, vector.Args{X: unsafe.Add(from, k.in*pixel), Z: unsafe.Add(to, k.out*pixel),
			N: k.n, Factor: factor * k.weight, StepX: s.inStep * pixel, StepZ: s.outStep * pixel})
	}
}

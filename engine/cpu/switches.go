package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
	"github.com/autoseg/autoseg/engine/op"
)

// maxSwitches finds the position of the largest value of every window. It walks over a row of windows once
// for each of their cells, in C order, keeping the largest values so far beside their positions.
type maxSwitches struct {
	e        *executor
	src, dst blocked
	in, out  [3]int
	window   [3]int
	largest  [][]float32 // per worker: a row of the result's width
}

// bindMaxSwitches binds op.MaxSwitchesKind.
func (e *executor) bindMaxSwitches(b *binding) (engine.Step, error) {
	m := &maxSwitches{e: e, src: blockedOf(b.operands[0]), dst: blockedOf(b.results[0]), in: b.operands[0].Shape.Spatial(),
		out: b.results[0].Shape.Spatial(), window: b.Attributes.(op.PoolAttributes).Window}
	for range e.workers {
		m.largest = append(m.largest, make([]float32, m.out[2]*lanes))
	}
	rows := rowsOf(m.dst, m.out)
	return &loop{e.pool, rows.tasks(), func(w, i int) { rows.each(i, func(r row) { m.row(w, r) }) }}, nil
}

func (m *maxSwitches) row(w int, r row) {
	m.begin(w, r)
	me, largest := &m.e.workers[w], unsafe.Pointer(&m.largest[w][0])
	positions := m.dst.at(r.sample, r.block, (r.z*m.out[1]+r.y)*m.out[2])
	for kz := range min(m.window[0], m.in[0]-r.z*m.window[0]) {
		for ky := range min(m.window[1], m.in[1]-r.y*m.window[1]) {
			first := m.pixel(r, kz, ky)
			for kx := range m.window[2] {
				n := min(m.out[2], (m.in[2]-kx+m.window[2]-1)/m.window[2]) // windows with this cell
				if n < 1 || kz+ky+kx == 0 {
					continue
				}
				for l := range lanes {
					me.par[l], me.par[lanes+l] = float32(first+kx), float32(m.window[2])
				}
				me.run(m.e.loops.MaxAt, vector.Args{X: m.src.at(r.sample, r.block, first+kx), Z: largest, V: positions,
					Par: unsafe.Pointer(&me.par), N: n, StepX: 4 * lanes * m.window[2]})
			}
		}
	}
}

// pixel returns the position of the first cell of a row of windows, and cells below it.
func (m *maxSwitches) pixel(r row, kz, ky int) int {
	return ((r.z*m.window[0]+kz)*m.in[1] + r.y*m.window[1] + ky) * m.in[2]
}

// begin takes the first cell of every window. Lanes beyond the last channel hold zeros, of which none is
// larger than another: their positions stay zero.
func (m *maxSwitches) begin(w int, r row) {
	at := (r.z*m.out[1] + r.y) * m.out[2]
	positions := m.dst.rows(r.sample, r.block, at, at+m.out[2])
	clear(positions)
	first := m.pixel(r, 0, 0)
	cells := m.src.rows(r.sample, r.block, first, first+m.in[2])
	for i := range m.out[2] {
		copy(m.largest[w][i*lanes:][:lanes], cells[i*m.window[2]*lanes:])
		for l := range m.dst.inside(r.block) {
			positions[i*lanes+l] = float32(first + i*m.window[2])
		}
	}
}

// inside returns the lanes of a block that hold channels.
func (b blocked) inside(block int) int { return min(lanes, b.channels-block*lanes) }

// bindGather binds op.GatherKind: x, switches. Positions of lanes beyond the last channel are zero, and so
// is what x has there.
func (e *executor) bindGather(b *binding) (engine.Step, error) {
	x, switches, y := blockedOf(b.operands[0]), blockedOf(b.operands[1]), blockedOf(b.results[0])
	return &loop{e.pool, y.tasks(), func(_, i int) {
		p := y.piece(i)
		from, to := x.rows(p.sample, p.block, 0, x.pixel), y.rows(p.sample, p.block, p.from, p.to)
		for k, at := range switches.rows(p.sample, p.block, p.from, p.to) {
			to[k] = from[int(at)*lanes+k%lanes]
		}
	}}, nil
}

// bindScatter binds op.ScatterKind: values, switches. A block has one writer, for positions may be anywhere.
func (e *executor) bindScatter(b *binding) (engine.Step, error) {
	values, switches, y := blockedOf(b.operands[0]), blockedOf(b.operands[1]), blockedOf(b.results[0])
	return &loop{e.pool, y.samples * y.blocks, func(_, i int) {
		sample, block := i/y.blocks, i%y.blocks
		to := y.rows(sample, block, 0, y.pixel)
		clear(to)
		from := values.rows(sample, block, 0, values.pixel)
		for k, at := range switches.rows(sample, block, 0, values.pixel) {
			to[int(at)*lanes+k%lanes] += from[k]
		}
	}}, nil
}

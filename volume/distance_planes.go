package volume

import (
	"math"
	"slices"

	"github.com/autoseg/autoseg/internal/parallel"
)

// offset is how many voxels along x (low half) and y (high half) lie between a voxel and the nearest
// voxel of the mask in its slice.
type offset uint32

// planes is the result of the second axis.
type planes struct {
	*rows
	offsets []offset // C order; of slices that are filled and x that are needed
	needed  []bool   // per x: whether any voxel with it is wanted
}

// columnBlock is the number of columns that are gathered at a time, so that whole cache lines are used.
const columnBlock = 32

// columnGap keeps columns whose length is a power of two from sharing the same few cache lines.
const columnGap = 16

// planeWorker is the memory of one worker.
type planeWorker struct {
	columns  []offset // a block of columns, one after another
	envelope envelope
}

// transform does the second and the third axis, the latter for the voxels that are wanted. columns tells
// which columns along z, by y and x, hold any of them; nil means all.
func (r *rows) transform(columns []bool, wanted func(y, i int) bool, visit func(y, i int, distance float64)) {
	shape := r.Mask.Shape
	if columns == nil {
		columns = make([]bool, shape[1]*shape[2])
		for i := range columns {
			columns[i] = true
		}
	}
	p := &planes{rows: r, offsets: make([]offset, len(r.steps)), needed: make([]bool, shape[2])}
	for i, c := range columns {
		p.needed[i%shape[2]] = p.needed[i%shape[2]] || c
	}
	workers := make([]planeWorker, r.Workers)
	parallel.For(r.Workers, shape[0], func(w, z int) {
		if r.filled[z] {
			p.fill(z, &workers[w])
		}
	})
	v := visitor{planes: p, wanted: wanted, visit: visit}
	parallel.For(r.Workers, shape[1], func(w, y int) {
		for x := range shape[2] {
			if columns[y*shape[2]+x] {
				v.column(y, x, &workers[w].envelope)
			}
		}
	})
}

// fill transforms slice z along y.
func (p *planes) fill(z int, w *planeWorker) {
	height, width := p.Mask.Shape[1], p.Mask.Shape[2]
	stride := height + columnGap
	if len(w.columns) == 0 {
		w.columns = make([]offset, columnBlock*stride)
	}
	steps := p.steps[z*height*width : (z+1)*height*width]
	slice := p.offsets[z*height*width : (z+1)*height*width]
	for from := 0; from < width; from += columnBlock {
		to := min(from+columnBlock, width)
		if !slices.Contains(p.needed[from:to], true) {
			continue
		}
		for x := from; x < to; x++ {
			p.column(w.columns[(x-from)*stride:][:height], steps[x:], &w.envelope)
		}
		for y := range height {
			for x, row := from, slice[y*width:(y+1)*width]; x < to; x++ {
				row[x] = w.columns[(x-from)*stride+y]
			}
		}
	}
}

// column writes the offsets of the column at the start of steps to dst.
func (p *planes) column(dst []offset, steps []uint16, e *envelope) {
	width := p.Mask.Shape[2]
	stepX, stepY := p.Spacing[2], p.Spacing[1]
	e.reset()
	for y := range dst {
		if n := steps[y*width]; n != alone {
			e.add(parabola{float64(y) * stepY, square(float64(n) * stepX), y})
		}
	}
	for y := range dst {
		site := e.lowest(float64(y) * stepY).site
		dst[y] = offset(max(site-y, y-site))<<16 | offset(steps[site*width])
	}
}

// squared returns the squared distance within the slice.
func (p *planes) squared(o offset) float64 {
	return square(float64(o>>16)*p.Spacing[1]) + square(float64(o&math.MaxUint16)*p.Spacing[2])
}

// visitor joins the slices along z, for the voxels that are wanted.
type visitor struct {
	*planes
	wanted func(y, i int) bool
	visit  func(y, i int, distance float64)
}

// column visits the voxels of one column along z.
func (v *visitor) column(y, x int, e *envelope) {
	depth, slice, step := v.Mask.Shape[0], v.Mask.Shape[1]*v.Mask.Shape[2], v.Spacing[0]
	first := y*v.Mask.Shape[2] + x
	begun := false
	for z := range depth {
		i := z*slice + first
		if !v.wanted(y, i) {
			continue
		}
		if !begun {
			v.envelope(first, e)
			begun = true
		}
		if len(e.parabolas) == 0 {
			v.visit(y, i, math.Inf(1))
			continue
		}
		p := e.lowest(float64(z) * step)
		v.visit(y, i, math.Sqrt(square(float64(z-p.site)*step)+p.height))
	}
}

// envelope collects the parabolas of the column that begins at index first.
func (v *visitor) envelope(first int, e *envelope) {
	slice, step := v.Mask.Shape[1]*v.Mask.Shape[2], v.Spacing[0]
	e.reset()
	for z, filled := range v.filled {
		if filled {
			e.add(parabola{float64(z) * step, v.squared(v.offsets[z*slice+first]), z})
		}
	}
}

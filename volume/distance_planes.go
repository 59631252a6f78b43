package volume

import (
	"math"
	"slices"

	"github.com/autoseg/autoseg/internal/parallel"
)

// offset is how many voxels along x (low half) and y (high half) lie between a voxel and the nearest
// voxel of the mask in its slice.
type offset uint32

// columnBlock is the number of columns along x that go through the second and the third axis together.
// Whole cache lines of the steps are used, and what lies between the two axes stays small: it is not
// the volume but a block of it, in memory that is used again for the next one.
const columnBlock = 32

// columnGap keeps columns whose length is a power of two from sharing the same few cache lines.
const columnGap = 16

// target is what is asked of the last two axes.
type target struct {
	wanted  func(y, i int) bool
	columns []bool // along z, by y and x: those that hold any wanted voxel
	visit   func(block, i int, distance float64)
}

// blocks returns the number of blocks of a grid.
func blocks(shape [3]int) int { return (shape[2] + columnBlock - 1) / columnBlock }

// transform does the second and the third axis, the latter for the voxels that are wanted.
func (r *rows) transform(t target) {
	workers := make([]*block, r.Workers)
	parallel.For(r.Workers, blocks(r.Mask.Shape), func(w, number int) {
		if workers[w] == nil {
			workers[w] = newBlock(r)
		}
		workers[w].measure(number, t)
	})
}

// block is the memory of one worker and the block that it is at.
type block struct {
	*rows
	from, to  int               // x
	needed    [columnBlock]bool // per column: whether any voxel of it is wanted
	columns   []offset          // of one slice: column after column
	offsets   []offset          // of all slices: z, y, x
	stride    int               // of a slice in offsets
	wanted    []bool            // of one y: z, x
	distances []float64         // likewise
	squares   [2][]float64      // of steps along y and x
	envelope  envelope
}

func newBlock(r *rows) *block {
	depth, height := r.Mask.Shape[0], r.Mask.Shape[1]
	all := r.squares()
	stride := height*columnBlock + columnGap
	return &block{
		rows: r, stride: stride, squares: [2][]float64{all[1], all[2]},
		columns: make([]offset, columnBlock*(height+columnGap)), offsets: make([]offset, depth*stride),
		wanted: make([]bool, depth*columnBlock), distances: make([]float64, depth*columnBlock),
	}
}

// measure visits the wanted voxels of a block, row by row.
func (b *block) measure(number int, t target) {
	depth, height, width := b.Mask.Shape[0], b.Mask.Shape[1], b.Mask.Shape[2]
	b.from, b.to = number*columnBlock, min((number+1)*columnBlock, width)
	b.needed = [columnBlock]bool{}
	for y := range height {
		for x, c := range t.columns[y*width+b.from : y*width+b.to] {
			b.needed[x] = b.needed[x] || c
		}
	}
	if !slices.Contains(b.needed[:], true) {
		return
	}
	for z := range depth {
		if b.filled[z] {
			b.fill(z)
		}
	}
	for y := range height {
		if columns := t.columns[y*width+b.from : y*width+b.to]; slices.Contains(columns, true) {
			b.plane(y, number, columns, t)
		}
	}
}

// fill transforms slice z along y.
func (b *block) fill(z int) {
	height, width := b.Mask.Shape[1], b.Mask.Shape[2]
	stride := height + columnGap
	steps := b.steps[z*height*width : (z+1)*height*width]
	slice := b.offsets[z*b.stride:][:height*columnBlock]
	for x := range b.to - b.from {
		if b.needed[x] {
			b.column(b.columns[x*stride:][:height], steps[b.from+x:])
		}
	}
	for y := range height {
		row := slice[y*columnBlock:][:columnBlock]
		for x := range row {
			row[x] = b.columns[x*stride+y]
		}
	}
}

// column writes the offsets of the column at the start of steps to dst.
func (b *block) column(dst []offset, steps []uint16) {
	width, e := b.Mask.Shape[2], &b.envelope
	step := b.Spacing[1]
	e.reset()
	for y := range dst {
		if n := steps[y*width]; n != alone {
			e.add(parabola{float64(y) * step, b.squares[1][n], y})
		}
	}
	for y := range dst {
		site := e.lowest(float64(y) * step).site
		dst[y] = offset(max(site-y, y-site))<<16 | offset(steps[site*width])
	}
}

// squared returns the squared distance within the slice.
func (b *block) squared(o offset) float64 {
	return b.squares[0][o>>16] + b.squares[1][o&math.MaxUint16]
}

// plane joins the slices along z, for the wanted voxels with one y. The grid is read and the voxels are
// visited in the order of the memory; only the block is gone through column by column.
func (b *block) plane(y, number int, columns []bool, t target) {
	depth, height, width := b.Mask.Shape[0], b.Mask.Shape[1], b.Mask.Shape[2]
	for z := range depth {
		first := (z*height+y)*width + b.from
		for x, any := range columns {
			b.wanted[z*columnBlock+x] = any && t.wanted(y, first+x)
		}
	}
	for x, any := range columns {
		if any {
			b.join(y, x)
		}
	}
	for z := range depth {
		first := (z*height+y)*width + b.from
		for x := range columns {
			if at := z*columnBlock + x; b.wanted[at] {
				t.visit(number, first+x, b.distances[at])
			}
		}
	}
}

// join measures the distances of the wanted voxels of a column along z.
func (b *block) join(y, x int) {
	e, step := &b.envelope, b.Spacing[0]
	e.reset()
	for z, filled := range b.filled {
		if filled {
			e.add(parabola{float64(z) * step, b.squared(b.offsets[z*b.stride+y*columnBlock+x]), z})
		}
	}
	for z := range b.filled {
		at := z*columnBlock + x
		switch {
		case !b.wanted[at]:
		case len(e.parabolas) == 0:
			b.distances[at] = math.Inf(1)
		default:
			p := e.lowest(float64(z) * step)
			b.distances[at] = math.Sqrt(square(float64(z-p.site)*step) + p.height)
		}
	}
}

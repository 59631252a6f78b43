package volume

import "math"

// offset is how many voxels along x (low half) and y (high half) lie between a voxel and the nearest
// voxel of the mask in its slice.
type offset uint32

// planes holds the transform within every slice.
type planes struct {
	Distances
	offsets []offset // C order
	filled  []bool   // per slice: whether it holds anything of the mask
	wanted  []bool   // per x: whether the offsets are needed
}

// columnBlock is the number of columns that are gathered at a time, so that whole cache lines are used.
const columnBlock = 32

// distanceScratch is the memory of one worker.
type distanceScratch struct {
	rows     []uint16 // the distance along x, in voxels
	columns  []offset // a block of columns, one after another
	envelope envelope
}

// fill transforms slice z. An empty slice is left as it is: filled says so.
func (p *planes) fill(z int, s *distanceScratch) {
	height, width := p.Mask.Shape[1], p.Mask.Shape[2]
	if len(s.rows) == 0 {
		s.rows, s.columns = make([]uint16, height*width), make([]offset, columnBlock*height)
	}
	for y := range height {
		if nearestInRow(s.rows[y*width:(y+1)*width], p.Mask.row(z, y), p.Bits) {
			p.filled[z] = true
		}
	}
	if !p.filled[z] {
		return
	}
	slice := p.offsets[z*height*width : (z+1)*height*width]
	for from := 0; from < width; from += columnBlock {
		to := min(from+columnBlock, width)
		p.block(slice, from, to, s)
	}
}

// block transforms the columns [from, to) of a slice along y.
func (p *planes) block(slice []offset, from, to int, s *distanceScratch) {
	height, width := p.Mask.Shape[1], p.Mask.Shape[2]
	any := false
	for x := from; x < to; x++ {
		if !p.wanted[x] {
			continue
		}
		any = true
		p.column(s.columns[(x-from)*height:][:height], x, s)
	}
	if !any {
		return
	}
	for y := range height {
		row := slice[y*width : (y+1)*width]
		for x := from; x < to; x++ {
			row[x] = s.columns[(x-from)*height+y]
		}
	}
}

// column writes the offsets of column x to dst.
func (p *planes) column(dst []offset, x int, s *distanceScratch) {
	width := p.Mask.Shape[2]
	stepX, stepY := p.Spacing[2], p.Spacing[1]
	e := &s.envelope
	e.reset()
	for y, i := 0, x; y < len(dst); y, i = y+1, i+width {
		if dx := s.rows[i]; dx != noNeighbour {
			e.add(parabola{float64(y) * stepY, square(float64(dx) * stepX), y})
		}
	}
	for y := range dst {
		site := e.lowest(float64(y) * stepY).site
		dy := max(site-y, y-site)
		dst[y] = offset(dy)<<16 | offset(s.rows[site*width+x])
	}
}

const noNeighbour = math.MaxUint16

// nearestInRow writes the distance to the nearest voxel with one of bits, in voxels, and reports whether
// there is one.
func nearestInRow(dst []uint16, row []uint8, bits uint8) bool {
	dst = dst[:len(row)]
	steps, any := uint16(noNeighbour), false
	for x, v := range row {
		switch {
		case v&bits != 0:
			steps, any = 0, true
		case steps != noNeighbour:
			steps++
		}
		dst[x] = steps
	}
	if !any {
		return false
	}
	steps = noNeighbour
	for x := len(dst) - 1; x >= 0; x-- {
		switch {
		case dst[x] == 0:
			steps = 0
		case steps != noNeighbour:
			steps++
			dst[x] = min(dst[x], steps)
		}
	}
	return true
}

// squared returns the squared distance within the slice.
func (p *planes) squared(o offset) float64 {
	return square(float64(o>>16)*p.Spacing[1]) + square(float64(o&math.MaxUint16)*p.Spacing[2])
}

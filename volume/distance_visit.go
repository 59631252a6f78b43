package volume

import "math"

// visitor joins the slices along z, for the voxels that are asked for.
type visitor struct {
	*planes
	at    Marks
	bits  uint8
	visit func(y, i int, distance float64)
}

// line visits the voxels of all slices with the same y.
func (v *visitor) line(y int, e *envelope) {
	width := v.at.Shape[2]
	for from := 0; from < width; from += columnBlock {
		to := min(from+columnBlock, width)
		var seen [columnBlock]uint8
		for z := range v.at.Shape[0] {
			for x, a := range v.at.row(z, y)[from:to] {
				seen[x] |= a
			}
		}
		for x := from; x < to; x++ {
			if seen[x-from]&v.bits != 0 {
				v.column(y, x, e)
			}
		}
	}
}

// column visits the voxels of one column along z.
func (v *visitor) column(y, x int, e *envelope) {
	depth, slice, step := v.at.Shape[0], v.at.Shape[1]*v.at.Shape[2], v.Spacing[0]
	first := y*v.at.Shape[2] + x
	e.reset()
	for z := range depth {
		if v.filled[z] {
			e.add(parabola{float64(z) * step, v.squared(v.offsets[z*slice+first]), z})
		}
	}
	for z := range depth {
		i := z*slice + first
		if v.at.Data[i]&v.bits == 0 {
			continue
		}
		if len(e.parabolas) == 0 {
			v.visit(y, i, math.Inf(1))
			continue
		}
		p := e.lowest(float64(z) * step)
		v.visit(y, i, math.Sqrt(square(float64(z-p.site)*step)+p.height))
	}
}

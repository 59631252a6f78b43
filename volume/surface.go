package volume

import "github.com/autoseg/autoseg/internal/parallel"

// Surface returns the surfaces of all masks: a voxel of a mask with a face neighbour outside the mask;
// what lies outside the grid is outside the mask (architectures.md 12.2). Only the given axes (z, y, x)
// have neighbours: in an image of one slice, where z has none, a mask's surface is its outline. Without
// any axis every voxel is surface.
func Surface(m Marks, axes [3]bool, workers int) Marks {
	s := NewMarks(m.Shape)
	if axes == [3]bool{} {
		copy(s.Data, m.Data)
		return s
	}
	outside := make([]uint8, m.Shape[2])
	parallel.For(workers, m.Shape[0], func(_, z int) {
		for y := range m.Shape[1] {
			n := neighbours{m, outside, axes}
			n.surface(s.row(z, y), z, y)
		}
	})
	return s
}

// SpatialAxes returns the axes along which a grid has neighbours: those with more than one voxel.
func SpatialAxes(shape [3]int) [3]bool {
	return [3]bool{shape[0] > 1, shape[1] > 1, shape[2] > 1}
}

// neighbours finds the rows around a row.
type neighbours struct {
	m       Marks
	outside []uint8 // a row of no mask
	axes    [3]bool
}

// surface writes the surface voxels of row (z, y) to dst: those in which some neighbour lacks the bit.
func (n neighbours) surface(dst []uint8, z, y int) {
	row := n.m.row(z, y)
	above, below := n.at(z-1, y, 0, row), n.at(z+1, y, 0, row)
	before, behind := n.at(z, y-1, 1, row), n.at(z, y+1, 1, row)
	above, below, before, behind = above[:len(row)], below[:len(row)], before[:len(row)], behind[:len(row)]
	dst = dst[:len(row)]
	for x, v := range row {
		dst[x] = v &^ (above[x] & below[x] & before[x] & behind[x])
	}
	if !n.axes[2] {
		return
	}
	last := len(row) - 1
	for x := 1; x < last; x++ {
		dst[x] |= row[x] &^ (row[x-1] & row[x+1])
	}
	dst[0], dst[last] = row[0], row[last]
}

// at returns the row next to row along an axis.
func (n neighbours) at(z, y, axis int, row []uint8) []uint8 {
	switch {
	case !n.axes[axis]:
		return row
	case z < 0 || y < 0 || z >= n.m.Shape[0] || y >= n.m.Shape[1]:
		return n.outside
	}
	return n.m.row(z, y)
}

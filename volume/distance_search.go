package volume

import (
	"encoding/binary"
	"math"
)

// search looks for the nearest voxel of a mask around a voxel, row by row.
type search struct {
	*rows
	at      Marks
	bits    uint8
	visit   func(y, i int, distance float64)
	squares [3][]float64
}

// searchBudget is the number of rows that may be looked at per voxel of a line, on average. The
// transform takes about as long as ten.
const searchBudget = 4

// squares returns the squared distances of 0, 1, ... steps per axis.
func (r *rows) squares() [3][]float64 {
	var s [3][]float64
	for axis, n := range r.Mask.Shape {
		s[axis] = make([]float64, n)
		for i := range n {
			s[axis][i] = square(float64(i) * r.Spacing[axis])
		}
	}
	return s
}

// line visits the voxels with one y, slice by slice, until the budget is spent. It returns the index
// below which all are visited: the length of the volume when none is left.
func (s *search) line(y int) int {
	depth, height, width := s.at.Shape[0], s.at.Shape[1], s.at.Shape[2]
	budget := searchBudget * depth * width
	pattern := uint64(s.bits) * 0x0101010101010101
	for z := range depth {
		row := s.at.row(z, y)
		start := (z*height + y) * width
		for x := 0; x < width; x++ {
			if x+8 <= width && binary.LittleEndian.Uint64(row[x:])&pattern == 0 {
				x += 7
				continue
			}
			if row[x]&s.bits == 0 {
				continue
			}
			squared, cost := s.nearest(z, y, x, budget)
			if budget -= cost; budget < 0 {
				return start + x
			}
			s.visit(y, start+x, math.Sqrt(squared))
		}
	}
	return len(s.at.Data)
}

// nearest returns the squared distance of voxel (z, y, x) and the number of rows looked at, which ends
// the search when it exceeds the budget.
func (s *search) nearest(z, y, x, budget int) (best float64, cost int) {
	best = math.Inf(1)
	depth := s.at.Shape[0]
	for dz := 0; dz < depth && s.squares[0][dz] < best && cost <= budget; dz++ {
		if z-dz < 0 && z+dz >= depth {
			break
		}
		if z-dz >= 0 {
			s.slice(&best, &cost, [3]int{z - dz, y, x}, s.squares[0][dz])
		}
		if dz > 0 && z+dz < depth {
			s.slice(&best, &cost, [3]int{z + dz, y, x}, s.squares[0][dz])
		}
	}
	return best, cost
}

// slice lowers best to the squared distance within the slice of a voxel, beyond which squared lies.
func (s *search) slice(best *float64, cost *int, at [3]int, squared float64) {
	*cost++
	if !s.filled[at[0]] {
		return
	}
	height, width, y := s.at.Shape[1], s.at.Shape[2], at[1]
	here := (at[0]*height+y)*width + at[2]
	lowest, rows := *best, 0
	for dy, yy := range s.squares[1][:max(y+1, height-y)] {
		if squared+yy >= lowest {
			break
		}
		rows++
		if y-dy >= 0 {
			if n := s.steps[here-dy*width]; n != alone {
				lowest = min(lowest, squared+yy+s.squares[2][n])
			}
		}
		if y+dy < height {
			if n := s.steps[here+dy*width]; n != alone {
				lowest = min(lowest, squared+yy+s.squares[2][n])
			}
		}
	}
	*best, *cost = lowest, *cost+rows
}

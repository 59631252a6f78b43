package volume

import (
	"math"

	"github.com/autoseg/autoseg/internal/parallel"
)

// search looks for the nearest voxel of a mask around a voxel, row by row.
type search struct {
	*rows
	at      Marks
	bits    uint8
	visit   func(y, i int, distance float64)
	squares [3][]float64
}

// searchBudget is the number of voxels of the volume per row that may be looked at, on average. The
// transform takes about as long as looking at ten rows per voxel, and neighbouring surfaces need far less
// than the budget: it is what masks far from each other lose.
const searchBudget = 2

// lines visits what the budget allows and returns, per y, the index below which all voxels are visited:
// the length of the volume where none is left. Every line may spend half of its share at first; what is
// left of the whole goes to those that need more.
func (s *search) lines() (done []int) {
	height := s.at.Shape[1]
	done, spent := make([]int, height), make([]int, height)
	left := len(s.at.Data) / searchBudget
	unfinished := height
	for round := 0; round < 2 && unfinished > 0; round++ {
		share := left / unfinished
		if round == 0 {
			share /= 2
		}
		parallel.For(s.Workers, height, func(_, y int) {
			if done[y] < len(s.at.Data) {
				done[y], spent[y] = s.line(y, done[y], share)
			}
		})
		left, unfinished = len(s.at.Data)/searchBudget, 0
		for y := range height {
			left -= spent[y]
			if done[y] < len(s.at.Data) {
				unfinished++
			}
		}
	}
	return done
}

// columns reports which columns along z, by y and x, hold a voxel that is not visited yet.
func (s *search) columns(done []int) []bool {
	height, width := s.at.Shape[1], s.at.Shape[2]
	open := make([]bool, height*width)
	parallel.For(s.Workers, height, func(_, y int) {
		column := open[y*width : (y+1)*width]
		for z := done[y] / (height * width); z < s.at.Shape[0]; z++ {
			row, start := s.at.row(z, y), (z*height+y)*width
			for x := nextInRow(row, max(0, done[y]-start), s.bits); x < width; x = nextInRow(row, x+1, s.bits) {
				column[x] = true
			}
		}
	})
	return open
}

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

// line visits the voxels with one y from an index on, slice by slice, until the budget is spent. It
// returns the index below which all are visited and what it spent.
func (s *search) line(y, from, budget int) (done, spent int) {
	depth, height, width := s.at.Shape[0], s.at.Shape[1], s.at.Shape[2]
	for z := from / (height * width); z < depth; z++ {
		row := s.at.row(z, y)
		start := (z*height + y) * width
		for x := nextInRow(row, max(0, from-start), s.bits); x < width; x = nextInRow(row, x+1, s.bits) {
			squared, cost := s.nearest(z, y, x, budget-spent)
			if spent += cost; spent > budget {
				return start + x, spent
			}
			s.visit(y, start+x, math.Sqrt(squared))
		}
	}
	return len(s.at.Data), spent
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

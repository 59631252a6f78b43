package importer

import (
	"math"
	"slices"
)

// point is a place in a slice, in pixels; the centre of the first pixel is (0, 0).
type point struct{ x, y float64 }

// polygon is a closed outline.
type polygon []point

// fill calls set for every pixel of a grid of rows by columns whose centre lies inside the outline by the
// even-odd rule. A centre exactly on the outline counts as inside on the left and upper side only, so that
// neighbouring outlines share no pixel.
func (p polygon) fill(rows, columns int, set func(row, column int)) {
	if len(p) < 3 {
		return
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, q := range p {
		low, high = min(low, q.y), max(high, q.y)
	}
	first, last := max(0, math.Ceil(low)), min(float64(rows-1), math.Floor(high))
	var cuts []float64
	for row := first; row <= last; row++ {
		cuts = cuts[:0]
		for i, a := range p {
			b := p[(i+1)%len(p)]
			if (a.y <= row) != (b.y <= row) {
				cuts = append(cuts, a.x+(row-a.y)*(b.x-a.x)/(b.y-a.y))
			}
		}
		slices.Sort(cuts)
		for i := 0; i+1 < len(cuts); i += 2 {
			from, to := max(0, math.Ceil(cuts[i])), min(float64(columns), math.Ceil(cuts[i+1]))
			for column := from; column < to; column++ {
				set(int(row), int(column))
			}
		}
	}
}

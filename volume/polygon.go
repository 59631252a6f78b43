package volume

import (
	"math"
	"slices"
)

// Polygon is a closed outline in a plane of voxels, as (column, row). The centre of the first voxel is (0, 0).
type Polygon [][2]float64

// Fill calls set for every voxel of a plane whose centre lies inside the outline by the even-odd rule. A centre
// exactly on the outline counts as inside on the left and upper side only, so that neighbours share no voxel.
func (p Polygon) Fill(rows, columns int, set func(row, column int)) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, q := range p {
		low, high = min(low, q[1]), max(high, q[1])
	}
	var cuts []float64
	for row := max(0, math.Ceil(low)); row < min(float64(rows), math.Ceil(high)); row++ {
		cuts = cuts[:0]
		for i, a := range p {
			if b := p[(i+1)%len(p)]; (a[1] <= row) != (b[1] <= row) {
				cuts = append(cuts, a[0]+(row-a[1])*(b[0]-a[0])/(b[1]-a[1]))
			}
		}
		slices.Sort(cuts)
		for c := cuts; len(c) > 1; c = c[2:] {
			from, to := max(0, math.Ceil(c[0])), min(float64(columns), math.Ceil(c[1]))
			for column := from; column < to; column++ {
				set(int(row), int(column))
			}
		}
	}
}

package volume

// copyTile is the edge of the squares in which a transposed view is copied: the cache lines of one
// square, read along one axis and written along another, fit the first-level cache.
const copyTile = 32

// CopyGrid writes the voxels of src to dst, which has the same shape and may lie in memory in another
// order. It panics when the shapes differ.
func CopyGrid[T any](dst, src Grid[T]) {
	if dst.Shape != src.Shape {
		panic("volume: CopyGrid of grids with different shapes")
	}
	from, to := src.fastest(), dst.fastest()
	if from == to {
		order := [3][3]int{{1, 2, 0}, {0, 2, 1}, {0, 1, 2}}[from]
		copyRows(dst.Permute(order), src.Permute(order))
		return
	}
	order := [3]int{3 - from - to, to, from}
	copyTiles(dst.Permute(order), src.Permute(order))
}

// fastest returns the axis whose neighbours lie closest in memory, of equals the last. Axes of one
// voxel have no neighbours.
func (g Grid[T]) fastest() int {
	best := 2
	for axis := 1; axis >= 0; axis-- {
		if g.Shape[axis] > 1 && (g.Shape[best] == 1 || g.Stride[axis] < g.Stride[best]) {
			best = axis
		}
	}
	return best
}

func copyRows[T any](dst, src Grid[T]) {
	for z := range src.Shape[0] {
		for y := range src.Shape[1] {
			to, from := dst.Data[dst.Index(z, y, 0):], src.Data[src.Index(z, y, 0):]
			if dst.Stride[2] == 1 && src.Stride[2] == 1 {
				copy(to[:src.Shape[2]], from)
				continue
			}
			for x := range src.Shape[2] {
				to[x*dst.Stride[2]] = from[x*src.Stride[2]]
			}
		}
	}
}

// copyTiles copies slice by slice, each in squares of axes 1 and 2.
func copyTiles[T any](dst, src Grid[T]) {
	for z := range src.Shape[0] {
		for y := 0; y < src.Shape[1]; y += copyTile {
			for x := 0; x < src.Shape[2]; x += copyTile {
				copySquare(dst, src, [3]int{z, y, x})
			}
		}
	}
}

func copySquare[T any](dst, src Grid[T], at [3]int) {
	for y := at[1]; y < min(at[1]+copyTile, src.Shape[1]); y++ {
		to, from := dst.Index(at[0], y, at[2]), src.Index(at[0], y, at[2])
		for range min(copyTile, src.Shape[2]-at[2]) {
			dst.Data[to] = src.Data[from]
			to, from = to+dst.Stride[2], from+src.Stride[2]
		}
	}
}

package volume

// Grid is a view of three-dimensional voxels: any box of any array, its axes in any order. Crop and
// Permute return views of the same voxels; nothing is copied until Copy.
type Grid[T any] struct {
	// Shape is the number of voxels per axis, slowest first.
	Shape [3]int
	// Stride is the distance in elements of neighbouring voxels per axis.
	Stride [3]int
	// Data starts at voxel (0, 0, 0).
	Data []T
}

// NewGrid returns the view of a whole C-ordered array. It panics when data has another length.
func NewGrid[T any](shape [3]int, data []T) Grid[T] {
	if len(data) != shape[0]*shape[1]*shape[2] {
		panic("volume: data length does not match the shape")
	}
	return Grid[T]{Shape: shape, Stride: [3]int{shape[1] * shape[2], shape[2], 1}, Data: data}
}

// Voxels returns the number of voxels in view.
func (g Grid[T]) Voxels() int { return g.Shape[0] * g.Shape[1] * g.Shape[2] }

// Index returns the position in Data of voxel (z, y, x).
func (g Grid[T]) Index(z, y, x int) int { return z*g.Stride[0] + y*g.Stride[1] + x*g.Stride[2] }

// At returns voxel (z, y, x).
func (g Grid[T]) At(z, y, x int) T { return g.Data[g.Index(z, y, x)] }

// Crop returns the view of a box, which must lie inside the grid.
func (g Grid[T]) Crop(box Box) Grid[T] {
	for i := range 3 {
		if box.Start[i] < 0 || box.End[i] > g.Shape[i] || box.Start[i] >= box.End[i] {
			panic("volume: crop box outside the grid")
		}
	}
	return Grid[T]{Shape: box.Shape(), Stride: g.Stride, Data: g.Data[g.Index(box.Start[0], box.Start[1], box.Start[2]):]}
}

// Permute returns the view whose axis i is axis order[i] of g.
func (g Grid[T]) Permute(order [3]int) Grid[T] {
	r := Grid[T]{Data: g.Data}
	for i, o := range order {
		r.Shape[i], r.Stride[i] = g.Shape[o], g.Stride[o]
	}
	return r
}

// Copy writes the voxels in C order to dst, which must be long enough, and returns dst.
func (g Grid[T]) Copy(dst []T) []T {
	i := 0
	for z := range g.Shape[0] {
		for y := range g.Shape[1] {
			row := g.Data[g.Index(z, y, 0):]
			if g.Stride[2] == 1 {
				i += copy(dst[i:i+g.Shape[2]], row)
				continue
			}
			for x := range g.Shape[2] {
				dst[i] = row[x*g.Stride[2]]
				i++
			}
		}
	}
	return dst
}

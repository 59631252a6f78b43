package volume

// Marks are up to eight masks on one grid, mask k in bit k of every voxel. Masks that are compared
// voxel by voxel lie side by side this way and take one byte together.
type Marks struct {
	Shape [3]int
	// Data holds the bits in C order (z, y, x).
	Data []uint8
}

// NewMarks returns marks of which none is set.
func NewMarks(shape [3]int) Marks {
	return Marks{Shape: shape, Data: make([]uint8, shape[0]*shape[1]*shape[2])}
}

// MarksOf returns a mask as bit 0. It panics when mask has another length than shape says.
func MarksOf(shape [3]int, mask []bool) Marks {
	m := NewMarks(shape)
	if len(mask) != len(m.Data) {
		panic("volume: mask length does not match the shape")
	}
	for i, in := range mask {
		if in {
			m.Data[i] = 1
		}
	}
	return m
}

// row returns the voxels of a line along the fastest axis.
func (m Marks) row(z, y int) []uint8 {
	start := (z*m.Shape[1] + y) * m.Shape[2]
	return m.Data[start : start+m.Shape[2]]
}

package engine

import "fmt"

// Shape is the size per axis, slowest first. An empty shape is a scalar.
type Shape []int

// Size returns the number of elements; 1 for a scalar.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// maxElements is far beyond any machine, 4 TB of float32, and far below an overflow: its bytes, padded to blocks of
// 16 channels and summed over a hundred thousand values, still are a number of 64 bits.
const maxElements = 1 << 40

// exceeds reports whether a shape has more elements than a limit, also where their product is no int.
func (s Shape) exceeds(limit int) bool {
	n := 1
	for _, d := range s {
		if d > 0 && n > limit/d {
			return true
		}
		n *= max(d, 1)
	}
	return false
}

// Equal reports whether two shapes are the same.
func (s Shape) Equal(other Shape) bool {
	if len(s) != len(other) {
		return false
	}
	for i, d := range s {
		if d != other[i] {
			return false
		}
	}
	return true
}

// Spatial returns the extents behind batch and channel as (z, y, x); a 2D shape has z = 1. It panics
// when the shape is not (batch, channel, y, x) or (batch, channel, z, y, x).
func (s Shape) Spatial() [3]int {
	switch len(s) {
	case 4:
		return [3]int{1, s[2], s[3]}
	case 5:
		return [3]int{s[2], s[3], s[4]}
	}
	panic(fmt.Sprintf("engine: shape %v is neither (batch, channel, y, x) nor (batch, channel, z, y, x)", s))
}

// WithSpatial returns the shape with other channels and extents; a 2D shape stays 2D and drops z.
func (s Shape) WithSpatial(channels int, extent [3]int) Shape {
	if len(s) == 4 {
		return Shape{s[0], channels, extent[1], extent[2]}
	}
	return Shape{s[0], channels, extent[0], extent[1], extent[2]}
}

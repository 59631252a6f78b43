package engine

// Float is the element type of a computation: float32 for work, float64 to find out where a
// difference comes from.
type Float interface{ ~float32 | ~float64 }

// Dtype is the element type of a graph.
type Dtype uint8

// The element types.
const (
	Float32 Dtype = iota
	Float64
)

// Array is a dense array in C order in host memory. Exactly one of F32 and F64 is set.
type Array struct {
	Shape Shape
	F32   []float32
	F64   []float64
}

// NewArray returns an array of zeros.
func NewArray(dtype Dtype, shape Shape) Array {
	if dtype == Float64 {
		return Array{Shape: shape, F64: make([]float64, shape.Size())}
	}
	return Array{Shape: shape, F32: make([]float32, shape.Size())}
}

// Of32 returns an array over data without a copy. It panics when the length does not fit the shape.
func Of32(shape Shape, data []float32) Array {
	if shape.Size() != len(data) {
		panic("engine: data length does not match the shape")
	}
	return Array{Shape: shape, F32: data}
}

// Elements returns the elements of an array as the type T, which must be the array's own.
func Elements[T Float](a Array) []T {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return any(a.F32).([]T)
	}
	return any(a.F64).([]T)
}

package weights

import "fmt"

// Tensor is a named array in C order.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// Find returns the tensor of a name.
func Find(tensors []Tensor, name string) (Tensor, bool) {
	for _, t := range tensors {
		if t.Name == name {
			return t, true
		}
	}
	return Tensor{}, false
}

// elements multiplies the extents of a shape and refuses negative ones and products over limit.
func elements(shape []int, limit int) (int, error) {
	n := 1
	for _, d := range shape {
		if d < 0 || (d > 0 && n > limit/d) {
			return 0, fmt.Errorf("shape %v is negative or larger than the %d elements there are", shape, limit)
		}
		n *= d
	}
	return n, nil
}

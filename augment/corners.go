package augment

import "math"

// corners calls visit for every neighbour of voxel x of a row that lies inside, with its weight.
func (m *mapping) corners(l [3]line, x int, visit func(offset int, weight float32)) {
	var first [3]int
	var second [3]float32
	for axis := range 3 {
		c := l[axis].at(x)
		if c <= -1 || c >= float64(m.in[axis]) {
			return
		}
		f := math.Floor(c)
		first[axis], second[axis] = int(f), float32(c-f)
	}
	for corner := range 8 {
		weight, offset, inside := float32(1), 0, true
		for axis := range 3 {
			i, w := first[axis], 1-second[axis]
			if corner>>(2-axis)&1 == 1 {
				i, w = i+1, second[axis]
			}
			inside = inside && i >= 0 && i < m.in[axis]
			weight *= w
			offset = offset*m.in[axis] + i
		}
		if inside && weight > 0 {
			visit(offset, weight)
		}
	}
}

// outside reports whether the coordinate of voxel x leaves [0, N-1] on any axis.
func (m *mapping) outside(l [3]line, x int) bool {
	for axis := range 3 {
		if c := l[axis].at(x); c < 0 || c > float64(m.in[axis]-1) {
			return true
		}
	}
	return false
}

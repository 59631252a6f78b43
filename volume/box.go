package volume

// Box is a half-open box of voxels, [Start, End) per axis, slowest axis first.
type Box struct{ Start, End [3]int }

// Shape returns the number of voxels per axis.
func (b Box) Shape() [3]int {
	return [3]int{b.End[0] - b.Start[0], b.End[1] - b.Start[1], b.End[2] - b.Start[2]}
}

// Empty reports whether the box holds no voxel.
func (b Box) Empty() bool {
	return b.End[0] <= b.Start[0] || b.End[1] <= b.Start[1] || b.End[2] <= b.Start[2]
}

// Intersect returns the voxels that lie in both boxes; the result may be empty.
func (b Box) Intersect(other Box) Box {
	for i := range 3 {
		b.Start[i] = max(b.Start[i], other.Start[i])
		b.End[i] = min(b.End[i], other.End[i])
	}
	return b
}

// Shift returns the box moved by offset.
func (b Box) Shift(offset [3]int) Box {
	for i := range 3 {
		b.Start[i] += offset[i]
		b.End[i] += offset[i]
	}
	return b
}

// Grow returns the box extended by n voxels on every side.
func (b Box) Grow(n int) Box {
	for i := range 3 {
		b.Start[i] -= n
		b.End[i] += n
	}
	return b
}

// WholeBox returns the box of a whole grid.
func WholeBox(shape [3]int) Box { return Box{End: shape} }

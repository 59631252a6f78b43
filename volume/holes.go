package volume

// FillHoles sets every voxel of a C-ordered mask that cannot be reached from outside the array
// through face neighbours outside the mask (scipy.ndimage.binary_fill_holes). The outside touches
// every face of the array, so a hole that is open to a face stays, and an array of one slice has no
// holes at all.
func FillHoles(shape [3]int, mask []bool) {
	if shape[0] < 3 || shape[1] < 3 || shape[2] < 3 {
		return // every voxel lies on a face
	}
	f := flood{shape: shape, mask: mask, reached: make([]bool, len(mask))}
	f.faces()
	for len(f.stack) > 0 {
		at := f.stack[len(f.stack)-1]
		f.stack = f.stack[:len(f.stack)-1]
		f.spread(at)
	}
	for i, r := range f.reached {
		mask[i] = !r
	}
}

// flood is a scan line fill: it works on runs of voxels along the fastest axis.
type flood struct {
	shape   [3]int
	mask    []bool
	reached []bool
	stack   []int
}

func (f *flood) open(i int) bool { return !f.mask[i] && !f.reached[i] }

// faces starts the flood from every open voxel on the surface of the array.
func (f *flood) faces() {
	width := f.shape[2]
	for z := range f.shape[0] {
		for y := range f.shape[1] {
			row := (z*f.shape[1] + y) * width
			if z == 0 || y == 0 || z == f.shape[0]-1 || y == f.shape[1]-1 {
				f.push(row, row+width)
				continue
			}
			f.push(row, row+1)
			f.push(row+width-1, row+width)
		}
	}
}

// push remembers the start of every open run within [from, to).
func (f *flood) push(from, to int) {
	before := false
	for i := from; i < to; i++ {
		now := f.open(i)
		if now && !before {
			f.stack = append(f.stack, i)
		}
		before = now
	}
}

// spread fills the open run around voxel at and pushes the runs that touch it.
func (f *flood) spread(at int) {
	if !f.open(at) {
		return
	}
	width, slice := f.shape[2], f.shape[1]*f.shape[2]
	row := at - at%width
	from, to := at, at+1
	for from > row && f.open(from-1) {
		from--
	}
	for to < row+width && f.open(to) {
		to++
	}
	for i := from; i < to; i++ {
		f.reached[i] = true
	}
	if y := row / width % f.shape[1]; y > 0 {
		f.push(from-width, to-width)
	}
	if y := row / width % f.shape[1]; y < f.shape[1]-1 {
		f.push(from+width, to+width)
	}
	if row >= slice {
		f.push(from-slice, to-slice)
	}
	if row+slice < len(f.mask) {
		f.push(from+slice, to+slice)
	}
}

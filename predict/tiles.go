package predict

import "slices"

// tiles says where windows lie in an image: what the network reads, and what it makes of that.
//
// An unpadded network makes less than it reads. Its tiles lie side by side, the context around the image is
// mirrored (Ronneberger et al. 2015, section 2, the overlap-tile strategy), and tiles start at multiples of
// the strides' products, so that every pooling sees the same voxels as in one pass over the whole image.
type tiles struct {
	size   [3]int // what the network reads, (z, y, x); z is 1 for a 2D network
	tile   [3]int // what it makes
	margin [3]int // from size to tile, on each side
	align  [3]int // tiles start at multiples of it
	step   float64
	slices bool // a 2D network: every slice by itself
}

// newTiles returns the windows of a network. size is what it reads; output and divisor have one number per
// axis of the network. A step of 0 is half a window, or a whole tile of an unpadded network.
func newTiles(size [3]int, output, divisor []int, step float64) tiles {
	t := tiles{size: size, tile: size, align: [3]int{1, 1, 1}, step: step, slices: len(output) == 2}
	copy(t.tile[3-len(output):], output)
	for i := range 3 {
		t.margin[i] = (size[i] - t.tile[i]) / 2
	}
	if t.unpadded() {
		copy(t.align[3-len(divisor):], divisor)
		for i, a := range t.align {
			if a > t.tile[i] {
				t.align[i] = 1 // tiles this small cannot be aligned and still meet
			}
		}
	}
	switch {
	case step == 0 && t.unpadded():
		t.step = 1
	case step == 0:
		t.step = 0.5
	}
	return t
}

func (t *tiles) unpadded() bool { return t.tile != t.size }

// weights returns the weight of every voxel of a tile: equal ones where every voxel has all its context.
func (t *tiles) weights() []float32 {
	if t.unpadded() {
		return slices.Repeat([]float32{1}, t.tile[0]*t.tile[1]*t.tile[2])
	}
	return GaussianWeights(t.size)
}

// pad puts as many voxels around an image as whole tiles need, in front and behind alike.
func (t *tiles) pad(data []float32, channels int, shape [3]int) *padded {
	p := &padded{inner: shape, channels: channels, data: data, margin: t.margin, mirror: t.unpadded()}
	for i := range 3 {
		p.shape[i] = t.tile[i]
		if d := shape[i] - t.tile[i]; d > 0 {
			p.shape[i] += (d + t.align[i] - 1) / t.align[i] * t.align[i]
		}
		p.before[i] = (p.shape[i] - shape[i]) / 2
	}
	return p
}

// rows lists the tiles' starts in the padded image, slowest axis first: one list per position along that
// axis.
func (t *tiles) rows(shape [3]int) [][][3]int {
	var starts [3][]int
	for i := range 3 {
		starts[i] = t.starts(i, shape[i])
	}
	rows := make([][][3]int, len(starts[0]))
	for i, z := range starts[0] {
		for _, y := range starts[1] {
			for _, x := range starts[2] {
				rows[i] = append(rows[i], [3]int{z, y, x})
			}
		}
	}
	return rows
}

func (t *tiles) starts(axis, extent int) []int {
	switch {
	case axis == 0 && t.slices:
		all := make([]int, extent)
		for i := range all {
			all[i] = i
		}
		return all
	case !t.unpadded():
		return Steps(extent, t.size[axis], t.step)
	}
	a := t.align[axis]
	apart := max(1, int(float64(t.tile[axis])*t.step/float64(a))) // in units of a
	starts := Steps((extent-t.tile[axis])/a+apart, apart, 1)
	for i := range starts {
		starts[i] *= a
	}
	return starts
}

package predict

// padded is an image with voxels around it, so that windows fit: zeros, centred as nnU-Net does (floor(d/2)
// before, the rest behind), or the image mirrored at its outermost voxels.
type padded struct {
	shape, before [3]int
	inner         [3]int
	margin        [3]int // what a window reads around its tile
	mirror        bool
	channels      int
	data          []float32
}

// read copies the window around the tile at start into dst; size is that of the window.
func (p *padded) read(dst []float32, start, size [3]int) {
	for i := range 3 {
		start[i] -= p.before[i] + p.margin[i]
	}
	if p.mirror {
		p.readMirrored(dst, start, size)
		return
	}
	i := 0
	for c := range p.channels {
		for z := range size[0] {
			for y := range size[1] {
				p.readRow(dst[i:i+size[2]], c, start[0]+z, start[1]+y, start[2])
				i += size[2]
			}
		}
	}
}

// readRow copies a row of the image, which may begin in front of it, with zeros where it leaves the image.
func (p *padded) readRow(row []float32, c, z, y, x int) {
	if z < 0 || z >= p.inner[0] || y < 0 || y >= p.inner[1] {
		clear(row)
		return
	}
	line := p.data[((c*p.inner[0]+z)*p.inner[1]+y)*p.inner[2]:][:p.inner[2]]
	from, to := max(0, -x), min(len(row), p.inner[2]-x)
	if from >= to {
		clear(row)
		return
	}
	clear(row[:from])
	copy(row[from:to], line[x+from:])
	clear(row[to:])
}

func (p *padded) readMirrored(dst []float32, start, size [3]int) {
	var source [3][]int
	for axis, n := range size {
		for i := range n {
			source[axis] = append(source[axis], reflect(start[axis]+i, p.inner[axis]))
		}
	}
	i := 0
	for c := range p.channels {
		for _, z := range source[0] {
			for _, y := range source[1] {
				line := p.data[((c*p.inner[0]+z)*p.inner[1]+y)*p.inner[2]:][:p.inner[2]]
				for _, x := range source[2] {
					dst[i] = line[x]
					i++
				}
			}
		}
	}
}

// reflect returns the index that i falls on when n voxels are mirrored at the first and the last, again and
// again: ... 2 1 0 1 2 ... n-2 n-1 n-2 ...
func reflect(i, n int) int {
	period := 2 * (n - 1)
	if period == 0 {
		return 0
	}
	i = (i%period + period) % period
	return min(i, period-i)
}

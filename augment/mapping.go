package augment

// mapping runs an affine map over a patch, one row of output voxels at a time.
type mapping struct {
	matrix  [3][3]float64
	in, out [3]int
	// planar marks maps that leave axis 0 alone: two interpolations per voxel fewer.
	planar bool
}

// row holds, for every voxel of a row, where it reads: the first of its eight (four) neighbours and
// the weights of the second neighbour along each axis. Only voxels in [from, to) have all neighbours
// inside; the others go the slow way.
type row struct {
	offset   []int32
	weight   [3][]float32
	from, to int
	taps     taps
}

func (r *row) resize(n int) {
	r.offset = grow(r.offset, n)
	for i := range r.weight {
		r.weight[i] = grow(r.weight[i], n)
	}
}

// line is the coordinate along one axis as a function of the voxel's place x in the row.
type line struct{ start, step float64 }

func (l line) at(x int) float64 { return l.start + float64(x)*l.step }

// lines returns the three coordinates of row (z, y) of the output.
func (m *mapping) lines(z, y int) (l [3]line) {
	half := func(n int) float64 { return float64(n-1) / 2 }
	dz, dy, dx := float64(z)-half(m.out[0]), float64(y)-half(m.out[1]), -half(m.out[2])
	for i := range 3 {
		a := m.matrix[i]
		l[i] = line{a[0]*dz + a[1]*dy + a[2]*dx + half(m.in[i]), a[2]}
	}
	return l
}

// inside returns the voxels x of [0, n) with 0 <= coordinate < limit. The coordinate is monotonic in
// x, rounding included, so they are one interval.
func (l line) inside(n int, limit float64) (from, to int) {
	ok := func(x int) bool { c := l.at(x); return c >= 0 && c < limit }
	for from < n && !ok(from) {
		from++
	}
	for to = from; to < n && ok(to); to++ {
	}
	return from, to
}

// prepare fills the row buffers.
func (m *mapping) prepare(r *row, z int, l [3]line) {
	n := m.out[2]
	r.from, r.to = 0, n
	for axis := range 3 {
		if axis == 0 && m.planar {
			continue
		}
		from, to := l[axis].inside(n, float64(m.in[axis]-1))
		r.from, r.to = max(r.from, from), min(r.to, to)
	}
	r.to = max(r.from, r.to)
	strideZ, strideY := m.in[1]*m.in[2], m.in[2]
	wz, wy, wx, offset := r.weight[0], r.weight[1], r.weight[2], r.offset
	for x := r.from; x < r.to; x++ {
		cy, cx := l[1].at(x), l[2].at(x)
		iy, ix := int(cy), int(cx)
		wy[x], wx[x] = float32(cy-float64(iy)), float32(cx-float64(ix))
		if m.planar {
			offset[x] = int32(z*strideZ + iy*strideY + ix)
			continue
		}
		cz := l[0].at(x)
		iz := int(cz)
		wz[x] = float32(cz - float64(iz))
		offset[x] = int32(iz*strideZ + iy*strideY + ix)
	}
}

// run maps the patch's image to image (unless nil) and one label map.
func (m *mapping) run(patch *Patch, image []float32, labels, from []int16) {
	r := &patch.row
	n, w := m.out[0]*m.out[1]*m.out[2], m.out[2]
	source := m.in[0] * m.in[1] * m.in[2]
	for z := range m.out[0] {
		for y := range m.out[1] {
			l := m.lines(z, y)
			m.prepare(r, z, l)
			at := (z*m.out[1] + y) * w
			for c := range patch.Channels {
				if image != nil {
					m.imageRow(image[c*n+at:][:w], patch.Data[c*source:(c+1)*source], r, l)
				}
			}
			m.labelRow(labels[at:at+w], from[:source], r, l)
		}
	}
}

// imageRow interpolates one row of one channel.
func (m *mapping) imageRow(dst, src []float32, r *row, l [3]line) {
	for x := range r.from {
		dst[x] = m.edge(src, l, x)
	}
	if m.planar {
		bilinear(dst[r.from:r.to], src, r.offset[r.from:r.to], r.weight[1][r.from:r.to], r.weight[2][r.from:r.to], m.in[2])
	} else {
		m.trilinear(dst, src, r)
	}
	for x := r.to; x < m.out[2]; x++ {
		dst[x] = m.edge(src, l, x)
	}
}

func bilinear(dst, src []float32, offset []int32, wy, wx []float32, strideY int) {
	for i := range dst {
		o := int(offset[i])
		a, b := src[o:o+2:o+2], src[o+strideY:o+strideY+2:o+strideY+2]
		fy, fx := wy[i], wx[i]
		top, bottom := a[0]+fx*(a[1]-a[0]), b[0]+fx*(b[1]-b[0])
		dst[i] = top + fy*(bottom-top)
	}
}

func (m *mapping) trilinear(dst, src []float32, r *row) {
	strideZ, strideY := m.in[1]*m.in[2], m.in[2]
	offset, wz, wy, wx := r.offset[r.from:r.to], r.weight[0][r.from:r.to], r.weight[1][r.from:r.to], r.weight[2][r.from:r.to]
	dst = dst[r.from:r.to]
	for i := range dst {
		o := int(offset[i])
		near, far := src[o:], src[o+strideZ:]
		a, b := near[:2:2], near[strideY:strideY+2:strideY+2]
		c, d := far[:2:2], far[strideY:strideY+2:strideY+2]
		fz, fy, fx := wz[i], wy[i], wx[i]
		p, q := a[0]+fx*(a[1]-a[0]), b[0]+fx*(b[1]-b[0])
		s, t := c[0]+fx*(c[1]-c[0]), d[0]+fx*(d[1]-d[0])
		p += fy * (q - p)
		s += fy * (t - s)
		dst[i] = p + fz*(s-p)
	}
}

// edge interpolates voxel x of a row where some neighbours lie outside and count as zero.
func (m *mapping) edge(src []float32, l [3]line, x int) float32 {
	sum := float32(0)
	m.corners(l, x, func(offset int, weight float32) { sum += weight * src[offset] })
	return sum
}

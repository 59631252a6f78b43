package augment

import (
	"github.com/autoseg/autoseg/internal/float16"
)

// labelRow maps one row of a label map. Where all neighbours agree that label is taken; elsewhere they
// vote. Voxels outside become -1.
func (m *mapping) labelRow(dst, src []int16, r *row, l [3]line) {
	strideZ, strideY := m.in[1]*m.in[2], m.in[2]
	if m.planar {
		strideZ = 0
	}
	for x := r.from; x < r.to; x++ {
		o := int(r.offset[x])
		near, far := src[o:], src[o+strideZ:]
		a, b := near[:2:2], near[strideY:strideY+2:strideY+2]
		c, d := far[:2:2], far[strideY:strideY+2:strideY+2]
		v := a[0]
		if (v^a[1])|(v^b[0])|(v^b[1])|(v^c[0])|(v^c[1])|(v^d[0])|(v^d[1]) == 0 {
			dst[x] = v
			continue
		}
		dst[x] = m.vote(src, l, x)
	}
	for _, side := range [2][2]int{{0, r.from}, {r.to, m.out[2]}} {
		for x := side[0]; x < side[1]; x++ {
			dst[x] = -1
			if !m.outside(l, x) {
				dst[x] = m.vote(src, l, x)
			}
		}
	}
}

// vote lets the neighbours of a voxel vote with their interpolation weights. The sums are compared as
// nnU-Net does, times 1000 and rounded to half precision; the lower label wins a tie.
func (m *mapping) vote(src []int16, l [3]line, x int) int16 {
	var labels [8]int16
	var sums [8]float32
	n := 0
	m.corners(l, x, func(offset int, weight float32) {
		label := src[offset]
		i := 0
		for i < n && labels[i] != label {
			i++
		}
		if i == n {
			labels[n], sums[n] = label, 0
			n++
		}
		sums[i] += 1000 * weight
	})
	best, most := int16(-1), float32(-1)
	for i := range n {
		s := float16.RoundFinite(sums[i])
		if s > most || s == most && labels[i] < best {
			best, most = labels[i], s
		}
	}
	return best
}

package nifti

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/autoseg/autoseg/volume"
)

const (
	typeUint8   = 2
	typeFloat32 = 16
	typeUint16  = 512
)

// Encode writes an image as an uncompressed .nii file of float32 voxels; several channels become the
// fourth axis.
func Encode(w io.Writer, image *volume.Image) error {
	h, err := headerFor(image.Geometry, image.Channels, typeFloat32)
	if err != nil {
		return err
	}
	if len(image.Data) != image.Channels*image.Voxels() {
		return fmt.Errorf("image of shape %v and %d channels has %d voxels", image.Shape, image.Channels, len(image.Data))
	}
	return h.encode(w, 4, len(image.Data), func(dst []byte, i int) {
		h.order.PutUint32(dst, math.Float32bits(image.Data[i]))
	})
}

// EncodeLabels writes a segmentation as an uncompressed .nii file, of uint8 voxels if every label is
// below 255, else of uint16 (as nnU-Net does).
func EncodeLabels(w io.Writer, labels *volume.Labels) error {
	if len(labels.Data) != labels.Voxels() {
		return fmt.Errorf("labels of shape %v have %d voxels", labels.Shape, len(labels.Data))
	}
	if len(labels.Data) == 0 || slices.Max(labels.Data) < 255 {
		h, err := headerFor(labels.Geometry, 1, typeUint8)
		if err != nil {
			return err
		}
		return h.encode(w, 1, len(labels.Data), func(dst []byte, i int) { dst[0] = byte(labels.Data[i]) })
	}
	h, err := headerFor(labels.Geometry, 1, typeUint16)
	if err != nil {
		return err
	}
	return h.encode(w, 2, len(labels.Data), func(dst []byte, i int) { h.order.PutUint16(dst, labels.Data[i]) })
}

func (h *Header) encode(w io.Writer, width, count int, put func(dst []byte, i int)) error {
	if _, err := w.Write(append(slices.Clone(h.raw), 0, 0, 0, 0)); err != nil { // no extensions
		return err
	}
	chunk := make([]byte, 0, chunkBytes)
	for i := 0; i < count; {
		n := min(chunkBytes/width, count-i)
		chunk = chunk[:n*width]
		for k := range n {
			put(chunk[k*width:], i+k)
		}
		if _, err := w.Write(chunk); err != nil {
			return err
		}
		i += n
	}
	return nil
}

// headerFor returns the header of a new file: the one the geometry was read with, if it still
// describes the geometry, else a new one.
func headerFor(g volume.Geometry, channels, datatype int) (*Header, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	h := nativeHeader(g)
	if h == nil {
		h = newHeader(g, channels)
	}
	for _, t := range h.layout.texts {
		clear(h.raw[t[0]:t[1]])
	}
	axes := int64(3)
	if h.dim(0) == 2 {
		axes = 2
	}
	if channels > 1 {
		axes = 4
	}
	h.setDim(0, axes)
	for i, n := range [7]int{g.Shape[2], g.Shape[1], g.Shape[0], channels, 1, 1, 1} {
		if !h.layout.wide && n > math.MaxInt16 {
			return nil, fmt.Errorf("%d channels do not fit into a NIfTI-1 header", n)
		}
		h.setDim(i+1, int64(n))
	}
	h.order.PutUint16(h.raw[h.layout.datatype:], uint16(datatype))
	h.order.PutUint16(h.raw[h.layout.bitpix:], uint16(8*voxelTypes[datatype].bytes))
	h.setReal(h.layout.slope, 0, 1)
	h.setReal(h.layout.inter, 0, 0)
	h.setOffset()
	return h, nil
}

func (h *Header) setOffset() {
	at := len(h.raw) + 4
	if h.layout.wide {
		copy(h.raw[h.layout.magic:], "n+2\x00\r\n\x1a\n")
		h.order.PutUint64(h.raw[h.layout.voxOffset:], uint64(at))
		return
	}
	copy(h.raw[h.layout.magic:], "n+1\x00")
	h.setReal(h.layout.voxOffset, 0, float64(at))
}

// nativeHeader returns a copy of the header that g was read with, or nil if there is none or g has
// been changed since.
func nativeHeader(g volume.Geometry) *Header {
	h, ok := g.Native.(*Header)
	if !ok || h == nil {
		return nil
	}
	for _, c := range []Convention{ITK, Nibabel} {
		if was, _, err := h.geometry(c); err == nil && was == g {
			return h.clone()
		}
	}
	return nil
}

// newHeader makes a header with equal qform and sform in scanner coordinates. Shapes beyond int16
// need NIfTI-2.
func newHeader(g volume.Geometry, channels int) *Header {
	h := &Header{raw: make([]byte, size1), order: binary.LittleEndian, layout: &layout1}
	if max(g.Shape[0], g.Shape[1], g.Shape[2], channels) > math.MaxInt16 {
		h = &Header{raw: make([]byte, size2), order: binary.LittleEndian, layout: &layout2}
	}
	l := h.layout
	h.order.PutUint32(h.raw, uint32(l.size))
	h.raw[l.units] = 2 | 8 // mm, seconds
	sign := [3]float64{-1, -1, 1}
	var m [3][3]float64 // RAS
	for row := range 3 {
		h.setReal(l.srow, 4*row+3, sign[row]*g.Origin[row])
		h.setReal(l.quatern, 3+row, sign[row]*g.Origin[row])
		for column := range 3 {
			m[row][column] = sign[row] * g.Direction[3*row+column]
			h.setReal(l.srow, 4*row+column, m[row][column]*g.Spacing[2-column])
		}
	}
	q, factor := quaternion(m)
	h.setReal(l.pixdim, 0, factor)
	for i := range 3 {
		h.setReal(l.quatern, i, q[i])
		h.setReal(l.pixdim, i+1, g.Spacing[2-i])
	}
	for i := 4; i < 8; i++ {
		h.setReal(l.pixdim, i, 1)
	}
	h.setCode(l.qformCode, 1)
	h.setCode(l.sformCode, 1)
	return h
}

// quaternion returns b, c, d of a rotation matrix and the sign of its third axis (qfac), by
// nifti_mat44_to_quatern of nifti1_io.c.
func quaternion(m [3][3]float64) (q [3]float64, factor float64) {
	det := m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
	factor = 1
	if det < 0 {
		factor = -1
		for row := range 3 {
			m[row][2] = -m[row][2]
		}
	}
	if a := m[0][0] + m[1][1] + m[2][2] + 1; a > 0.5 {
		a = 0.5 * math.Sqrt(a)
		return [3]float64{0.25 * (m[2][1] - m[1][2]) / a, 0.25 * (m[0][2] - m[2][0]) / a, 0.25 * (m[1][0] - m[0][1]) / a}, factor
	}
	x, y, z := 1+m[0][0]-(m[1][1]+m[2][2]), 1+m[1][1]-(m[0][0]+m[2][2]), 1+m[2][2]-(m[0][0]+m[1][1])
	var a float64
	switch {
	case x > 1:
		b := 0.5 * math.Sqrt(x)
		q, a = [3]float64{b, 0.25 * (m[0][1] + m[1][0]) / b, 0.25 * (m[0][2] + m[2][0]) / b}, 0.25*(m[2][1]-m[1][2])/b
	case y > 1:
		c := 0.5 * math.Sqrt(y)
		q, a = [3]float64{0.25 * (m[0][1] + m[1][0]) / c, c, 0.25 * (m[1][2] + m[2][1]) / c}, 0.25*(m[0][2]-m[2][0])/c
	default:
		d := 0.5 * math.Sqrt(z)
		q, a = [3]float64{0.25 * (m[0][2] + m[2][0]) / d, 0.25 * (m[1][2] + m[2][1]) / d, d}, 0.25*(m[1][0]-m[0][1])/d
	}
	if a < 0 {
		q = [3]float64{-q[0], -q[1], -q[2]}
	}
	return q, factor
}

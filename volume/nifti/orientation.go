package nifti

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/volume"
)

// matrix is the affine from voxel (x, y, z) to world coordinates in RAS: three rows of four.
type matrix [3][4]float64

// geometry reads shape, spacing, origin and direction.
func (h *Header) geometry(c Convention) (volume.Geometry, int, error) {
	shape, channels, err := h.dimensions()
	if err != nil {
		return volume.Geometry{}, 0, err
	}
	g := volume.Geometry{Shape: shape, Native: h}
	if g.Spacing, err = h.spacing(shape, c); err != nil {
		return g, 0, err
	}
	m, err := h.affine(c)
	if err != nil {
		return g, 0, err
	}
	sign := [3]float64{-1, -1, 1} // RAS to LPS
	for row := range 3 {
		g.Origin[row] = sign[row] * m[row][3]
	}
	for column := range 3 {
		n := math.Sqrt(m[0][column]*m[0][column] + m[1][column]*m[1][column] + m[2][column]*m[2][column])
		for row := range 3 {
			g.Direction[3*row+column] = sign[row] * m[row][column] / n
		}
	}
	return g, channels, nil
}

// spacing reads the voxel sizes (z, y, x) in mm. A 2D image gets an imaginary slice thickness of 999
// times its largest spacing, so that no rule ever takes it for an image with slices (nnU-Net's
// SimpleITKIO).
func (h *Header) spacing(shape [3]int, c Convention) ([3]float64, error) {
	var s [3]float64
	unit := 1.0
	if c == ITK {
		unit = h.unit()
	}
	for i := range 3 { // file axis i + 1
		v := math.Abs(h.real(h.layout.pixdim, i+1))
		if !(v > 0) || math.IsInf(v, 0) {
			if i == 2 && shape[0] == 1 {
				v = 1 // a single slice of unknown thickness
			} else {
				return s, fmt.Errorf("pixdim[%d] is %g: the voxel size along %c is unknown; write the true one (mm) into the header",
					i+1, h.real(h.layout.pixdim, i+1), "xyz"[i])
			}
		}
		s[2-i] = v * unit
	}
	if h.dim(0) == 2 {
		s[0] = 999 * max(s[1], s[2])
	}
	return s, nil
}

// unit returns mm per unit of length of the header.
func (h *Header) unit() float64 {
	code := int(h.raw[h.layout.units])
	if h.layout.wide {
		code = h.code(h.layout.units)
	}
	switch code & 7 {
	case 1: // metre
		return 1e3
	case 3: // micron
		return 1e-3
	}
	return 1
}

// affine chooses between sform and qform. ITK (SetImageIOOrientationFromNIfTI) takes an sform
// without skew if it is the only one, if its code says scanner coordinates, or if it agrees with the
// qform; otherwise the qform. nibabel takes the sform whenever there is one.
func (h *Header) affine(c Convention) (matrix, error) {
	l := h.layout
	hasQ, hasS := h.code(l.qformCode) > 0, h.code(l.sformCode) > 0
	var q, s matrix
	if hasQ {
		q = h.qform()
	}
	if hasS {
		for row := range 3 {
			for column := range 4 {
				s[row][column] = h.real(l.srow, 4*row+column)
			}
		}
		hasS = s.regular()
	}
	switch {
	case hasS && (!hasQ || c == Nibabel):
		return s, nil
	case hasS && s.orthogonal() && (h.code(l.sformCode) == 1 || s.near(q)):
		return s, nil
	case hasQ && q.regular():
		return q, nil
	case hasQ:
		return q, fmt.Errorf("the qform is not finite or has no volume, and there is no usable sform; correct the header")
	case h.code(l.sformCode) > 0:
		return s, fmt.Errorf("the sform is not finite or has no volume; correct the header")
	}
	return matrix{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}, nil // no orientation: the axes of the file
}

// qform computes the rotation of the quaternion (nifti1.h, method 2).
func (h *Header) qform() matrix {
	at := h.layout.quatern
	b, c, d := h.real(at, 0), h.real(at, 1), h.real(at, 2)
	a := 1 - (b*b + c*c + d*d)
	if a < 1e-7 { // a rotation by 180 degrees, with rounding errors
		n := 1 / math.Sqrt(b*b+c*c+d*d)
		a, b, c, d = 0, b*n, c*n, d*n
	} else {
		a = math.Sqrt(a)
	}
	var size [3]float64
	for i := range 3 {
		if size[i] = math.Abs(h.real(h.layout.pixdim, i+1)); !(size[i] > 0) {
			size[i] = 1
		}
	}
	if h.real(h.layout.pixdim, 0) < 0 { // qfac
		size[2] = -size[2]
	}
	return matrix{
		{(a*a + b*b - c*c - d*d) * size[0], 2 * (b*c - a*d) * size[1], 2 * (b*d + a*c) * size[2], h.real(at, 3)},
		{2 * (b*c + a*d) * size[0], (a*a + c*c - b*b - d*d) * size[1], 2 * (c*d - a*b) * size[2], h.real(at, 4)},
		{2 * (b*d - a*c) * size[0], 2 * (c*d + a*b) * size[1], (a*a + d*d - c*c - b*b) * size[2], h.real(at, 5)},
	}
}

// regular reports whether all entries are finite and the axes span a volume.
func (m matrix) regular() bool {
	for _, row := range m {
		for _, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	det := m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
	return math.Abs(det) > 1e-12
}

// orthogonal reports whether the axes stand at right angles, up to ITK's tolerance for directions.
func (m matrix) orthogonal() bool {
	for i := range 3 {
		for k := range i {
			dot, a, b := 0.0, 0.0, 0.0
			for row := range 3 {
				dot += m[row][i] * m[row][k]
				a += m[row][i] * m[row][i]
				b += m[row][k] * m[row][k]
			}
			if math.Abs(dot) > 1e-4*math.Sqrt(a*b) {
				return false
			}
		}
	}
	return true
}

func (m matrix) near(o matrix) bool {
	for row := range 3 {
		for column := range 4 {
			if math.Abs(m[row][column]-o[row][column]) > 1e-4 {
				return false
			}
		}
	}
	return true
}

package analyze

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// The positions of the fields (Mayo Clinic, "Analyze 7.5 file format"; dbh.h).
const (
	headerSize  = 348
	atExtents   = 32
	atRegular   = 38
	atDim       = 40
	atDatatype  = 70
	atBits      = 72
	atPixdim    = 76
	atOffset    = 108
	atScale     = 112 // SPM's scale factor
	atPlace     = 252 // orientation, and SPM's origin behind it
	placeLength = 11
	atMagic     = 344 // NIfTI's
)

// Header is what places the voxels and is passed on unread. It stands in Geometry.Native.
type Header struct{ place [placeLength]byte }

// header is the header of a file.
type header struct {
	raw   []byte
	order binary.ByteOrder
}

// dataTypes are those of the format, and above 128 those that SPM added.
var dataTypes = map[int]voxels.Type{
	2: voxels.Uint8, 4: voxels.Int16, 8: voxels.Int32, 16: voxels.Float32, 64: voxels.Float64, 128: voxels.Uint8,
	130: voxels.Int8, 132: voxels.Uint16, 136: voxels.Uint32,
}

// colours is the data type of three uint8 per voxel.
const colours = 128

func readHeader(r io.Reader) (*header, error) {
	h := &header{raw: make([]byte, headerSize)}
	if n, err := io.ReadFull(r, h.raw); err != nil {
		return nil, fmt.Errorf("the header has %d of %d bytes: it is truncated or no Analyze 7.5 header", n, headerSize)
	}
	for _, h.order = range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if h.order.Uint32(h.raw) == headerSize {
			return h, nil
		}
	}
	return nil, fmt.Errorf("not an Analyze 7.5 header: it starts with % x, want its size, 348", h.raw[:4])
}

func (h *header) short(at int) int { return int(int16(h.order.Uint16(h.raw[at:]))) }

func (h *header) real(at int) float64 {
	return float64(math.Float32frombits(h.order.Uint32(h.raw[at:])))
}

// numbers returns the type of the voxels and how many there are in each.
func (h *header) numbers() (voxels.Type, int, error) {
	code := h.short(atDatatype)
	t := dataTypes[code]
	switch {
	case t == 0:
		return 0, 0, fmt.Errorf("data type %d is not read", code)
	case code == colours:
		return t, 3, nil
	}
	return t, 1, nil
}

// sizes returns the number of axes and their sizes, x first.
func (h *header) sizes() (axes int, sizes [4]int64, err error) {
	axes = h.short(atDim)
	if axes < 2 || axes > 7 {
		return axes, sizes, fmt.Errorf("dim[0] is %d axes, want 2 to 7", axes)
	}
	sizes = [4]int64{1, 1, 1, 1}
	for i := range axes {
		n := h.short(atDim + 2*(i+1))
		if n == 0 && i >= 2 { // written for an axis that is not there
			n = 1
		}
		switch {
		case n < 1:
			return axes, sizes, fmt.Errorf("dim[%d] is %d voxels, want at least 1", i+1, n)
		case i < 4:
			sizes[i] = int64(n)
		case n > 1:
			return axes, sizes, fmt.Errorf("dim[%d] is %d; only four axes may be larger than 1", i+1, n)
		}
	}
	return axes, sizes, nil
}

// geometry returns where the voxels lie and how many channels there are.
func (h *header) geometry() (volume.Geometry, int, error) {
	axes, sizes, err := h.sizes()
	if err != nil {
		return volume.Geometry{}, 0, err
	}
	_, components, err := h.numbers()
	if err != nil {
		return volume.Geometry{}, 0, err
	}
	if components > 1 && sizes[3] > 1 {
		return volume.Geometry{}, 0, fmt.Errorf("colour voxels with %d channels are not read", sizes[3])
	}
	g := volume.NewGeometry([3]int{int(sizes[2]), int(sizes[1]), int(sizes[0])}, [3]float64{1, 1, 1})
	for i := range min(axes, 3) {
		v := math.Abs(h.real(atPixdim + 4*(i+1)))
		switch {
		case v > 0 && !math.IsInf(v, 0):
			g.Spacing[2-i] = v
		case sizes[i] > 1:
			return g, 0, fmt.Errorf("pixdim[%d] is %g: the voxel size along %c is unknown; write the true one (mm) into the header", i+1, v, "xyz"[i])
		}
	}
	if axes == 2 {
		g.Spacing[0] = volume.FlatThickness(g.Spacing[1], g.Spacing[2])
	}
	native := &Header{}
	copy(native.place[:], h.raw[atPlace:])
	g.Native = native
	return g, int(sizes[3]) * components, g.Validate()
}

// offset returns where the voxels start in their file.
func (h *header) offset() (int64, error) {
	at := h.real(atOffset)
	if !(at >= 0) || at > 1<<40 || at != math.Trunc(at) {
		return 0, fmt.Errorf("vox_offset is %g, want a position in the file", at)
	}
	return int64(at), nil
}

// scale returns SPM's scale factor, 1 where there is none.
func (h *header) scale() float64 {
	v := h.real(atScale)
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 1
	}
	return v
}

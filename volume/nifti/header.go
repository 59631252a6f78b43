package nifti

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// Header is the header of a file, as read. It stands in Geometry.Native, so that the geometry can be
// written back unchanged.
type Header struct {
	raw    []byte // 348 bytes (NIfTI-1) or 540 (NIfTI-2)
	order  binary.ByteOrder
	layout *layout
}

const (
	size1 = 348
	size2 = 540
)

// layout holds the positions of the fields in one version of the format.
type layout struct {
	size, magic, datatype, bitpix, dim, pixdim, voxOffset, slope, inter int
	qformCode, sformCode, quatern, srow, units                          int
	wide                                                                bool // NIfTI-2: int64 dimensions, float64 reals, int32 codes
	texts                                                               [][2]int
}

// The layouts follow nifti1.h and nifti2.h. texts are fields that do not describe the geometry and
// are cleared in new files: data_type, db_name and the like, cal_max/cal_min, slice and time fields,
// descrip, aux_file, intent.
var (
	layout1 = layout{size: size1, magic: 344, dim: 40, datatype: 70, bitpix: 72, pixdim: 76, voxOffset: 108, slope: 112, inter: 116,
		units: 123, qformCode: 252, sformCode: 254, quatern: 256, srow: 280,
		texts: [][2]int{{4, 40}, {56, 70}, {74, 76}, {120, 123}, {124, 252}, {328, 344}}}
	layout2 = layout{size: size2, magic: 4, datatype: 12, bitpix: 14, dim: 16, pixdim: 104, voxOffset: 168, slope: 176, inter: 184,
		qformCode: 344, sformCode: 348, quatern: 352, srow: 400, units: 500, wide: true,
		texts: [][2]int{{80, 104}, {192, 344}, {496, 500}, {504, 540}}}
)

// readHeader reads and recognises a header, and leaves r at the byte after it.
func readHeader(r io.Reader) (*Header, error) {
	head := make([]byte, size2)
	if n, err := io.ReadFull(r, head[:size1]); err != nil {
		return nil, short("the header", n, size1, err)
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(head) {
		case size1:
			h := &Header{raw: head[:size1:size1], order: order, layout: &layout1}
			if m := h.magic(); m != "n+1" && m != "ni1" {
				return nil, fmt.Errorf("an Analyze 7.5 header without orientation, not NIfTI; convert the file")
			}
			return h, nil
		case size2:
			if n, err := io.ReadFull(r, head[size1:]); err != nil {
				return nil, short("the header", size1+n, size2, err)
			}
			h := &Header{raw: head, order: order, layout: &layout2}
			if m := h.magic(); m != "n+2" && m != "ni2" {
				return nil, fmt.Errorf("a header of 540 bytes with magic %q, want n+2 or ni2", m)
			}
			return h, nil
		}
	}
	return nil, fmt.Errorf("not a NIfTI file: it starts with % x, want a header size of 348 or 540", head[:4])
}

func short(what string, got, want int, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the file is truncated: %s has %d of %d bytes", what, got, want)
	}
	return fmt.Errorf("the file is damaged within %s: %w", what, err)
}

func (h *Header) clone() *Header {
	c := *h
	c.raw = slices.Clone(h.raw)
	return &c
}

func (h *Header) magic() string { return string(h.raw[h.layout.magic : h.layout.magic+3]) }

// paired reports whether the voxels lie in a second file.
func (h *Header) paired() bool { m := h.magic(); return m == "ni1" || m == "ni2" }

func (h *Header) short(at int) int { return int(int16(h.order.Uint16(h.raw[at:]))) }

func (h *Header) datatype() int { return h.short(h.layout.datatype) }

// code reads a field that is int16 in NIfTI-1 and int32 in NIfTI-2.
func (h *Header) code(at int) int {
	if h.layout.wide {
		return int(int32(h.order.Uint32(h.raw[at:])))
	}
	return h.short(at)
}

// real reads item i of an array that is float32 in NIfTI-1 and float64 in NIfTI-2.
func (h *Header) real(at, i int) float64 {
	if h.layout.wide {
		return math.Float64frombits(h.order.Uint64(h.raw[at+8*i:]))
	}
	return float64(math.Float32frombits(h.order.Uint32(h.raw[at+4*i:])))
}

func (h *Header) setReal(at, i int, v float64) {
	if h.layout.wide {
		h.order.PutUint64(h.raw[at+8*i:], math.Float64bits(v))
		return
	}
	h.order.PutUint32(h.raw[at+4*i:], math.Float32bits(float32(v)))
}

func (h *Header) setCode(at, v int) {
	if h.layout.wide {
		h.order.PutUint32(h.raw[at:], uint32(v))
		return
	}
	h.order.PutUint16(h.raw[at:], uint16(v))
}

// dim returns dim[i] of the header, 0 being the number of axes.
func (h *Header) dim(i int) int64 {
	if h.layout.wide {
		return int64(h.order.Uint64(h.raw[h.layout.dim+8*i:]))
	}
	return int64(h.short(h.layout.dim + 2*i))
}

func (h *Header) setDim(i int, v int64) {
	if h.layout.wide {
		h.order.PutUint64(h.raw[h.layout.dim+8*i:], uint64(v))
		return
	}
	h.order.PutUint16(h.raw[h.layout.dim+2*i:], uint16(v))
}

// offset returns where the voxels start in the file.
func (h *Header) offset() (int64, error) {
	at := h.real(h.layout.voxOffset, 0)
	if h.layout.wide {
		at = float64(int64(h.order.Uint64(h.raw[h.layout.voxOffset:])))
	}
	if !(at >= 0) || at > 1<<40 || at != math.Trunc(at) {
		return 0, fmt.Errorf("vox_offset is %g, want a position in the file", at)
	}
	if !h.paired() { // some writers leave 0 or 348 there; the standard says at least 352
		at = max(at, float64(len(h.raw)+4))
	}
	return int64(at), nil
}

// dimensions returns the shape (z, y, x) and the number of channels.
func (h *Header) dimensions() (shape [3]int, channels int, err error) {
	axes := h.dim(0)
	if axes < 2 || axes > 7 {
		return shape, 0, fmt.Errorf("dim[0] is %d axes, want 2 to 7", axes)
	}
	sizes := [8]int64{0, 1, 1, 1, 1, 1, 1, 1}
	total := int64(1)
	for i := 1; i <= int(axes); i++ {
		n := h.dim(i)
		if n == 0 && i > 2 { // written by some programs for an axis that is not there
			n = 1
		}
		if n < 1 {
			return shape, 0, fmt.Errorf("dim[%d] is %d voxels, want at least 1", i, n)
		}
		if n > math.MaxInt64/64/total {
			return shape, 0, fmt.Errorf("dimensions %v have more voxels than any computer holds", sizes[1:i])
		}
		sizes[i], total = n, total*n
	}
	channels = 1
	for i := 4; i <= 7; i++ {
		if sizes[i] > 1 && channels > 1 {
			return shape, 0, fmt.Errorf("%d axes of sizes %v; only one beyond the third may be larger than 1", axes, sizes[1:])
		}
		channels *= int(sizes[i])
	}
	return [3]int{int(sizes[3]), int(sizes[2]), int(sizes[1])}, channels, nil
}

package nifti

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// voxelType describes how one voxel is stored.
type voxelType struct {
	name       string
	bytes      int // per component
	components int // numbers per voxel; of complex numbers only the real one is kept
	keep       int // components kept
	integer    bool
	read       func(b []byte) float64 // one little-endian component
}

var le = binary.LittleEndian

// voxelTypes are all data types of nifti1.h but the obsolete one-bit type.
var voxelTypes = map[int]voxelType{
	2:    {"uint8", 1, 1, 1, true, func(b []byte) float64 { return float64(b[0]) }},
	4:    {"int16", 2, 1, 1, true, func(b []byte) float64 { return float64(int16(le.Uint16(b))) }},
	8:    {"int32", 4, 1, 1, true, func(b []byte) float64 { return float64(int32(le.Uint32(b))) }},
	16:   {"float32", 4, 1, 1, false, single},
	32:   {"complex64", 4, 2, 1, false, single},
	64:   {"float64", 8, 1, 1, false, double},
	128:  {"rgb24", 1, 3, 3, true, func(b []byte) float64 { return float64(b[0]) }},
	256:  {"int8", 1, 1, 1, true, func(b []byte) float64 { return float64(int8(b[0])) }},
	512:  {"uint16", 2, 1, 1, true, func(b []byte) float64 { return float64(le.Uint16(b)) }},
	768:  {"uint32", 4, 1, 1, true, func(b []byte) float64 { return float64(le.Uint32(b)) }},
	1024: {"int64", 8, 1, 1, true, func(b []byte) float64 { return float64(int64(le.Uint64(b))) }},
	1280: {"uint64", 8, 1, 1, true, func(b []byte) float64 { return float64(le.Uint64(b)) }},
	1536: {"float128", 16, 1, 1, false, quadruple},
	1792: {"complex128", 8, 2, 1, false, double},
	2048: {"complex256", 16, 2, 1, false, quadruple},
	2304: {"rgba32", 1, 4, 4, true, func(b []byte) float64 { return float64(b[0]) }},
}

func single(b []byte) float64 { return float64(math.Float32frombits(le.Uint32(b))) }
func double(b []byte) float64 { return math.Float64frombits(le.Uint64(b)) }

// quadruple reads a 16-byte float. The standard means IEEE binary128; programs on x86 (numpy's
// longdouble) store its 80-bit format with zero padding instead. The padding tells them apart: a
// binary128 number whose upper six bytes are zero would be smaller than 1e-4900.
func quadruple(b []byte) float64 {
	lo, hi := le.Uint64(b), le.Uint64(b[8:])
	sign := 1.0
	if hi>>16 == 0 { // x87: one explicit integer bit, 63 bits of fraction
		if hi>>15&1 == 1 {
			sign = -1
		}
		exponent := int(hi & 0x7fff)
		if exponent == 0x7fff {
			return special(sign, lo<<1 != 0)
		}
		return sign * math.Ldexp(float64(lo), exponent-16383-63)
	}
	if hi>>63 == 1 {
		sign = -1
	}
	exponent := int(hi >> 48 & 0x7fff)
	fraction := hi & (1<<48 - 1)
	if exponent == 0x7fff {
		return special(sign, fraction != 0 || lo != 0)
	}
	if exponent == 0 {
		return 0 * sign
	}
	top := 1<<62 | fraction<<14 | lo>>50 // the first 63 significant bits
	if lo<<14 != 0 {
		top |= 1 // sticky, so that rounding to float64 is right
	}
	return sign * math.Ldexp(float64(top), exponent-16383-62)
}

func special(sign float64, nan bool) float64 {
	if nan {
		return math.NaN()
	}
	return math.Inf(int(sign))
}

// scaling is scl_slope and scl_inter.
type scaling struct {
	slope, inter float64
	convention   Convention
}

func (h *Header) scaling(c Convention) scaling {
	s := scaling{slope: h.real(h.layout.slope, 0), inter: h.real(h.layout.inter, 0), convention: c}
	if s.slope == 0 || math.IsNaN(s.slope) || math.IsInf(s.slope, 0) { // no scaling; nibabel ignores the intercept too
		s.slope, s.inter = 1, 0
	}
	if math.IsNaN(s.inter) || math.IsInf(s.inter, 0) {
		s.inter = 0
	}
	return s
}

func (s scaling) none() bool { return s.slope == 1 && s.inter == 0 }

// converter returns the function that turns little-endian components into float32 values. With a
// scaling, ITK casts integers to float32 first and scales in float64; nibabel scales the exact
// value.
func (t voxelType) converter(s scaling) func(dst []float32, raw []byte) {
	step := t.bytes
	if t.keep == 1 {
		step *= t.components
	}
	if s.none() {
		return t.plain(step)
	}
	castFirst := t.integer && s.convention == ITK
	return func(dst []float32, raw []byte) {
		for i := range dst {
			v := t.read(raw[i*step:])
			if castFirst {
				v = float64(float32(v))
			}
			// Two roundings, as in the C++: without the conversion Go may fuse them into one.
			product := float64(v * s.slope)
			dst[i] = float32(product + s.inter)
		}
	}
}

// plain is the converter without scaling, with fast loops for the types that images really have.
func (t voxelType) plain(step int) func(dst []float32, raw []byte) {
	switch t.name {
	case "uint8":
		return func(dst []float32, raw []byte) {
			for i, b := range raw[:len(dst)] {
				dst[i] = float32(b)
			}
		}
	case "int16":
		return func(dst []float32, raw []byte) {
			for i := range dst {
				dst[i] = float32(int16(le.Uint16(raw[2*i:])))
			}
		}
	case "float32":
		return func(dst []float32, raw []byte) {
			for i := range dst {
				dst[i] = math.Float32frombits(le.Uint32(raw[4*i:]))
			}
		}
	case "int64": // one rounding from 64 bits, not two by way of float64
		return func(dst []float32, raw []byte) {
			for i := range dst {
				dst[i] = float32(int64(le.Uint64(raw[8*i:])))
			}
		}
	case "uint64":
		return func(dst []float32, raw []byte) {
			for i := range dst {
				dst[i] = float32(le.Uint64(raw[8*i:]))
			}
		}
	}
	return func(dst []float32, raw []byte) {
		for i := range dst {
			dst[i] = float32(t.read(raw[i*step:]))
		}
	}
}

// chunkBytes is small enough for the bytes of a chunk to be still in the second-level cache when they are
// converted.
const chunkBytes = 1 << 17

// stream reads count voxels of r chunk by chunk and hands the little-endian bytes of each n to use.
func (h *Header) stream(r io.Reader, count int64, use func(raw []byte, n int) error) error {
	t, ok := voxelTypes[h.datatype()]
	if !ok {
		return fmt.Errorf("data type %d is unknown to NIfTI or obsolete", h.datatype())
	}
	voxel := t.bytes * t.components
	perChunk := chunkBytes / voxel
	raw := make([]byte, perChunk*voxel)
	for done := int64(0); done < count; {
		n := int(min(int64(perChunk), count-done))
		if got, err := io.ReadFull(r, raw[:n*voxel]); err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return fmt.Errorf("the file is truncated: %d of %d voxels are there", done+int64(got/voxel), count)
			}
			return fmt.Errorf("the file is damaged after %d of %d voxels: %w", done, count, err)
		}
		if h.order == binary.BigEndian {
			swap(raw[:n*voxel], t.bytes)
		}
		if err := use(raw[:n*voxel], n); err != nil {
			return err
		}
		done += int64(n)
	}
	return ended(r)
}

// ended makes a gzip stream check its checksum, which it does when its end is read. Bytes after the
// voxels are allowed.
func ended(r io.Reader) error {
	if _, err := r.Read(make([]byte, 1)); err != nil && err != io.EOF {
		return fmt.Errorf("the file is damaged or truncated at its very end: %w", err)
	}
	return nil
}

// swap reverses the bytes of every component.
func swap(raw []byte, width int) {
	if width == 1 {
		return
	}
	for ; len(raw) >= width; raw = raw[width:] {
		slices.Reverse(raw[:width])
	}
}

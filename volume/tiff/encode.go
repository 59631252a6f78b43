package tiff

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Encode writes an image, a page per slice, compressed (Deflate): of 8 or 16 bits if all values are whole
// numbers that fit, else of float32. The spacing is not in it; WriteImage writes it beside. The error of an
// origin or direction, which TIFF cannot hold, is a *volume.LostGeometry.
func Encode(w io.Writer, im *volume.Image) error {
	if len(im.Data) != im.Channels*im.Voxels() || im.Channels < 1 || im.Channels > maxSamples {
		return fmt.Errorf("image of shape %v and %d channels has %d voxels", im.Shape, im.Channels, len(im.Data))
	}
	if err := holds(im.Geometry); err != nil {
		return err
	}
	e := encoder{w: w, shape: im.Shape, samples: im.Channels, numbers: voxels.Float32}
	if t, whole := voxels.WholeType(im.Data); whole {
		e.numbers = t
	}
	n, slice := im.Voxels(), im.Shape[1]*im.Shape[2]
	return e.pages(func(dst []byte, z int) []byte {
		for i := z * slice; i < (z+1)*slice; i++ {
			for c := range im.Channels {
				dst = appendNumber(dst, im.Data[c*n+i], e.numbers)
			}
		}
		return dst
	})
}

// EncodeLabels writes a segmentation, of uint8 if every label is below 255, else of uint16 (as nnU-Net
// does).
func EncodeLabels(w io.Writer, labels *volume.Labels) error {
	if len(labels.Data) != labels.Voxels() {
		return fmt.Errorf("labels of shape %v have %d voxels", labels.Shape, len(labels.Data))
	}
	if err := holds(labels.Geometry); err != nil {
		return err
	}
	e := encoder{w: w, shape: labels.Shape, samples: 1, numbers: voxels.LabelType(labels.Data)}
	slice := labels.Shape[1] * labels.Shape[2]
	return e.pages(func(dst []byte, z int) []byte {
		for _, v := range labels.Data[z*slice : (z+1)*slice] {
			dst = appendNumber(dst, float32(v), e.numbers)
		}
		return dst
	})
}

func appendNumber(dst []byte, v float32, t voxels.Type) []byte {
	switch t {
	case voxels.Uint8:
		return append(dst, uint8(v))
	case voxels.Uint16:
		return binary.LittleEndian.AppendUint16(dst, uint16(v))
	}
	return voxels.AppendFloat32(dst, v)
}

// holds refuses origins and directions.
func holds(g volume.Geometry) error {
	if err := g.Validate(); err != nil {
		return err
	}
	return g.HeldAs("TIFF", volume.NewGeometry(g.Shape, g.Spacing))
}

// encoder writes pages one after the other, each its fields and then its only strip.
type encoder struct {
	w       io.Writer
	shape   [3]int
	samples int
	numbers voxels.Type
	big     bool
	at      int64
}

// bigAbove is the size of pixels above which a file could reach the 4 GB of 32-bit offsets.
const bigAbove = 4000 << 20

func (e *encoder) pages(slice func(dst []byte, z int) []byte) error {
	size := int64(e.shape[1]) * int64(e.shape[2]) * int64(e.samples) * int64(e.numbers.Bytes())
	e.big = (size+1024)*int64(e.shape[0]) > bigAbove
	if err := e.header(); err != nil {
		return err
	}
	raw := make([]byte, 0, size)
	for z := range e.shape[0] {
		var strip bytes.Buffer
		packed := zlib.NewWriter(&strip)
		if _, err := packed.Write(slice(raw[:0], z)); err != nil {
			return err
		}
		if err := packed.Close(); err != nil {
			return err
		}
		if strip.Len()%2 == 1 { // fields begin at even bytes
			strip.WriteByte(0)
		}
		if err := e.page(strip.Bytes(), z == e.shape[0]-1); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) write(b []byte) error {
	n, err := e.w.Write(b)
	e.at += int64(n)
	return err
}

func (e *encoder) header() error {
	if e.big {
		return e.write([]byte{'I', 'I', 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0})
	}
	return e.write([]byte{'I', 'I', 42, 0, 8, 0, 0, 0})
}

// field is a field of whole numbers.
type field struct {
	tag    uint16
	kind   uint16
	values []int64
}

// page writes the fields and the strip of one page.
func (e *encoder) page(strip []byte, last bool) error {
	fields := e.fields(int64(len(strip)))
	size := e.fieldBytes(fields)
	for i := range fields {
		if fields[i].tag == tagStripOffsets {
			fields[i].values[0] = e.at + size
		}
	}
	next := e.at + size + int64(len(strip))
	if last {
		next = 0
	}
	if err := e.write(e.directory(fields, next)); err != nil {
		return err
	}
	return e.write(strip)
}

const (
	kindShort  = 3
	kindLong   = 4
	kindLong8  = 16
	alphaPlain = 2 // not premultiplied
)

func (e *encoder) fields(stripBytes int64) []field {
	format, photometric := int64(formatUnsigned), int64(photometricBlack)
	if e.numbers == voxels.Float32 {
		format = formatFloat
	}
	extra := e.samples - 1
	if e.samples == 3 || e.samples == 4 {
		photometric, extra = photometricRGB, e.samples-3
	}
	every := func(v int64) []int64 {
		all := make([]int64, e.samples)
		for i := range all {
			all[i] = v
		}
		return all
	}
	offset := uint16(kindLong)
	if e.big {
		offset = kindLong8
	}
	all := []field{
		{tagWidth, kindLong, []int64{int64(e.shape[2])}},
		{tagLength, kindLong, []int64{int64(e.shape[1])}},
		{tagBits, kindShort, every(int64(8 * e.numbers.Bytes()))},
		{tagCompression, kindShort, []int64{adobeDeflate}},
		{tagPhotometric, kindShort, []int64{photometric}},
		{tagStripOffsets, offset, []int64{0}},
		{tagSamples, kindShort, []int64{int64(e.samples)}},
		{tagRowsPerStrip, kindLong, []int64{int64(e.shape[1])}},
		{tagStripBytes, offset, []int64{stripBytes}},
		{tagPlanar, kindShort, []int64{planarInterleaved}},
		{tagSampleFormat, kindShort, every(format)},
	}
	if extra > 0 {
		kinds := make([]int64, extra)
		if e.samples == 4 {
			kinds[0] = alphaPlain
		}
		all = append(all[:10:10], field{tagExtraSamples, kindShort, kinds}, all[10])
	}
	return all
}

// widths returns the sizes of the number of fields, of a field, and of an offset.
func (e *encoder) widths() (counter, entry, offset int) {
	if e.big {
		return 8, 20, 8
	}
	return 2, 12, 4
}

// fieldBytes returns the size of a directory with the values that do not fit into its entries.
func (e *encoder) fieldBytes(fields []field) int64 {
	counter, entry, offset := e.widths()
	size := counter + len(fields)*entry + offset
	for _, f := range fields {
		if n := len(f.values) * int(kinds[f.kind]); n > offset {
			size += (n + 1) &^ 1
		}
	}
	return int64(size)
}

func (e *encoder) directory(fields []field, next int64) []byte {
	counter, entry, offset := e.widths()
	b := appendUint(nil, int64(len(fields)), counter)
	behind := []byte{}
	start := e.at + int64(counter+len(fields)*entry+offset)
	for _, f := range fields {
		width := int(kinds[f.kind])
		b = appendUint(appendUint(b, int64(f.tag), 2), int64(f.kind), 2)
		b = appendUint(b, int64(len(f.values)), offset)
		value := []byte{}
		for _, v := range f.values {
			value = appendUint(value, v, width)
		}
		if len(value) <= offset {
			b = append(append(b, value...), make([]byte, offset-len(value))...)
			continue
		}
		b = appendUint(b, start+int64(len(behind)), offset)
		behind = append(behind, value...)
		behind = append(behind, make([]byte, len(behind)%2)...)
	}
	return append(appendUint(b, next, offset), behind...)
}

// appendUint appends the lowest bytes of v, little endian.
func appendUint(b []byte, v int64, bytes int) []byte {
	for i := range bytes {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

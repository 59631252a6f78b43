package analyze

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Encode writes an image: a header, and voxels of float32. The error of a geometry that the format cannot
// hold is a *volume.LostGeometry.
func Encode(header, data io.Writer, im *volume.Image) error {
	p, err := imagePayload(im)
	if err != nil {
		return err
	}
	return p.encode(header, data)
}

// EncodeLabels writes a segmentation: a header, and voxels of uint8 if every label is below 255 (as nnU-Net
// chooses), else of int16 or int32, since the format has no uint16.
func EncodeLabels(header, data io.Writer, labels *volume.Labels) error {
	p, err := labelsPayload(labels)
	if err != nil {
		return err
	}
	return p.encode(header, data)
}

// payload is what becomes a pair of files.
type payload struct {
	header []byte
	write  func(io.Writer) error
}

func (p payload) encode(header, data io.Writer) error {
	if _, err := header.Write(p.header); err != nil {
		return err
	}
	return p.write(data)
}

func imagePayload(im *volume.Image) (payload, error) {
	if len(im.Data) != im.Channels*im.Voxels() || im.Channels < 1 {
		return payload{}, fmt.Errorf("image of shape %v and %d channels has %d voxels", im.Shape, im.Channels, len(im.Data))
	}
	h, err := newHeader(im.Geometry, im.Channels, 16)
	return payload{h, func(w io.Writer) error { return voxels.WriteFloat32(w, im.Data) }}, err
}

func labelsPayload(labels *volume.Labels) (payload, error) {
	if len(labels.Data) != labels.Voxels() {
		return payload{}, fmt.Errorf("labels of shape %v have %d voxels", labels.Shape, len(labels.Data))
	}
	code := 2
	write := func(w io.Writer) error { return voxels.WriteLabels(w, labels.Data) }
	if voxels.LabelType(labels.Data) != voxels.Uint8 {
		code = 4
		if slices.Max(labels.Data) > math.MaxInt16 {
			code = 8
			write = func(w io.Writer) error { return writeWide(w, labels.Data) }
		}
	}
	h, err := newHeader(labels.Geometry, 1, code)
	return payload{h, write}, err
}

// writeWide writes labels as int32.
func writeWide(w io.Writer, labels []uint16) error {
	chunk := make([]byte, 0, 1<<16)
	for part := range slices.Chunk(labels, cap(chunk)/4) {
		chunk = chunk[:0]
		for _, v := range part {
			chunk = binary.LittleEndian.AppendUint32(chunk, uint32(v))
		}
		if _, err := w.Write(chunk); err != nil {
			return err
		}
	}
	return nil
}

// newHeader makes a little-endian header.
func newHeader(g volume.Geometry, channels, datatype int) ([]byte, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	if err := g.HeldAs("Analyze 7.5", volume.NewGeometry(g.Shape, g.Spacing)); err != nil {
		return nil, err
	}
	if n := max(g.Shape[0], g.Shape[1], g.Shape[2], channels); n > math.MaxInt16 {
		return nil, fmt.Errorf("analyze 7.5 holds at most %d voxels along an axis, here are %d", math.MaxInt16, n)
	}
	raw, le := make([]byte, headerSize), binary.LittleEndian
	le.PutUint32(raw, headerSize)
	le.PutUint32(raw[atExtents:], 16384)
	raw[atRegular] = 'r'
	axes := 3
	switch {
	case channels > 1:
		axes = 4
	case g.Flat():
		axes = 2
	}
	for i, n := range [8]int{axes, g.Shape[2], g.Shape[1], g.Shape[0], channels, 1, 1, 1} {
		le.PutUint16(raw[atDim+2*i:], uint16(n))
	}
	for i, v := range [4]float64{0, g.Spacing[2], g.Spacing[1], g.Spacing[0]} {
		le.PutUint32(raw[atPixdim+4*i:], math.Float32bits(float32(v)))
	}
	le.PutUint16(raw[atDatatype:], uint16(datatype))
	le.PutUint16(raw[atBits:], uint16(8*dataTypes[datatype].Bytes()))
	le.PutUint32(raw[atScale:], math.Float32bits(1))
	if h, ok := g.Native.(*Header); ok && h != nil {
		copy(raw[atPlace:], h.place[:])
	}
	return raw, nil
}

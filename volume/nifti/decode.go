package nifti

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Convention says whose numbers to reproduce where SimpleITK and nibabel differ.
type Convention int

const (
	// ITK applies the header's unit of length to spacings and scales integers in float32.
	ITK Convention = iota
	// Nibabel takes spacings as they are, scales in float64 and prefers the sform.
	Nibabel
)

// Decode reads an image from the bytes of a .nii or .nii.gz file.
func Decode(r io.Reader, c Convention) (*volume.Image, error) {
	return source{reader: r, convention: c}.image()
}

// DecodeLabels reads a segmentation from the bytes of a .nii or .nii.gz file. Values that are no
// whole numbers from 0 to 65535 are an error.
func DecodeLabels(r io.Reader, c Convention) (*volume.Labels, error) {
	return source{reader: r, convention: c}.labels()
}

// source is where voxels come from.
type source struct {
	reader     io.Reader
	convention Convention
	limit      int64                              // no more bytes can come out of reader; 0 is unknown
	voxels     func(h *Header) (io.Reader, error) // opens the second file of a pair; nil without
}

// open reads the header and returns what follows at the first voxel.
func (s source) open() (*Header, io.Reader, error) {
	r, err := decompress(s.reader)
	if err != nil {
		return nil, nil, err
	}
	h, err := readHeader(r)
	if err != nil {
		return nil, nil, err
	}
	at, err := h.offset()
	if err != nil {
		return nil, nil, err
	}
	if !h.paired() {
		at -= int64(len(h.raw))
	} else if s.voxels == nil {
		return nil, nil, fmt.Errorf("the header belongs to a pair of .hdr and .img; open the .hdr file by name")
	} else if r, err = s.voxels(h); err != nil {
		return nil, nil, err
	} else if r, err = decompress(r); err != nil {
		return nil, nil, err
	}
	if n, err := io.CopyN(io.Discard, r, at); err != nil {
		return nil, nil, short("what precedes the voxels", int(n), int(at), err)
	}
	return h, r, nil
}

// decompress recognises gzip by its first bytes.
func decompress(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := buffered.Peek(2); string(magic) != "\x1f\x8b" {
		return buffered, nil
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("the gzip data is damaged: %w", err)
	}
	return z, nil
}

func (s source) image() (*volume.Image, error) {
	h, r, err := s.open()
	if err != nil {
		return nil, err
	}
	g, channels, err := h.geometry(s.convention)
	if err != nil {
		return nil, err
	}
	count := int64(g.Voxels()) * int64(channels)
	keep := 1
	if t := voxelTypes[h.datatype()]; t.keep > 1 {
		keep = t.keep
	}
	if keep > 1 && channels > 1 {
		return nil, fmt.Errorf("colour voxels with %d channels are not supported", channels)
	}
	data := voxels.Allocate(s.capacity(h, count) * keep)
	convert := voxelTypes[h.datatype()].converter(h.scaling(s.convention))
	err = h.stream(r, count, func(raw []byte, n int) error {
		start := len(data)
		data = slices.Grow(data, n*keep)[:start+n*keep]
		convert(data[start:], raw)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if keep > 1 {
		data, channels = voxels.Planes(data, keep), keep
	}
	return &volume.Image{Geometry: g, Channels: channels, Data: data}, nil
}

func (s source) labels() (*volume.Labels, error) {
	h, r, err := s.open()
	if err != nil {
		return nil, err
	}
	g, channels, err := h.geometry(s.convention)
	if err != nil {
		return nil, err
	}
	if t := voxelTypes[h.datatype()]; channels > 1 || t.keep > 1 {
		return nil, fmt.Errorf("a segmentation has one value per voxel, this file has %d", max(channels, t.keep))
	}
	count := int64(g.Voxels())
	data := make([]uint16, 0, s.capacity(h, count))
	convert := voxelTypes[h.datatype()].converter(h.scaling(s.convention))
	var values []float32 // of one chunk
	err = h.stream(r, count, func(raw []byte, n int) (err error) {
		values = slices.Grow(values[:0], n)[:n]
		convert(values, raw)
		data, err = voxels.AppendLabels(data, values, g.Shape)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &volume.Labels{Geometry: g, Data: data}, nil
}

// capacity returns how many voxels to allocate at once: all of them if the file can hold that many,
// else a little, so that a header that promises terabytes costs nothing.
func (s source) capacity(h *Header, count int64) int {
	t := voxelTypes[h.datatype()]
	if s.limit > 0 && count <= s.limit/int64(max(1, t.bytes*t.components)) {
		return int(count)
	}
	return int(min(count, 1<<16))
}

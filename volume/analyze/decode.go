package analyze

import (
	"bufio"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Decode reads an image from the bytes of a header (.hdr) and of its voxels (.img, .img.gz).
func Decode(header, data io.Reader) (*volume.Image, error) {
	return source{header: header, data: data}.image()
}

// DecodeLabels reads a segmentation. Values that are no whole numbers from 0 to 65535 are an error.
func DecodeLabels(header, data io.Reader) (*volume.Labels, error) {
	return source{header: header, data: data}.labels()
}

// source is where header and voxels come from.
type source struct {
	header, data io.Reader
	stored       int64 // bytes of data, 0 if not known
}

// opened is an image before its voxels are read.
type opened struct {
	*header
	geometry   volume.Geometry
	channels   int
	components int
	numbers    voxels.Source
}

func (s source) begin() (*opened, error) {
	h, err := readHeader(s.header)
	if err != nil {
		return nil, err
	}
	o := &opened{header: h}
	if o.geometry, o.channels, err = h.geometry(); err != nil {
		return nil, err
	}
	shape := o.geometry.Shape
	o.numbers = voxels.Source{Order: h.order, Stored: s.stored, Expansion: voxels.Raw}
	if o.numbers.Type, o.components, err = h.numbers(); err != nil {
		return nil, err
	}
	if o.numbers.Count, err = voxels.Count(int64(shape[0]), int64(shape[1]), int64(shape[2]), int64(o.channels)); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(s.data, 1<<16)
	o.numbers.Reader = r
	if magic, _ := r.Peek(2); string(magic) == "\x1f\x8b" {
		o.numbers.Expansion = voxels.Deflate
		if o.numbers.Reader, err = gzip.NewReader(r); err != nil {
			return nil, fmt.Errorf("the gzip data is damaged: %w", err)
		}
	}
	at, err := h.offset()
	if err != nil {
		return nil, err
	}
	if n, err := io.CopyN(io.Discard, o.numbers.Reader, at); err != nil {
		return nil, fmt.Errorf("the file of voxels is truncated or damaged: %d of %d bytes before the voxels are there", n, at)
	}
	return o, nil
}

func (s source) image() (*volume.Image, error) {
	o, err := s.begin()
	if err != nil {
		return nil, err
	}
	data, err := o.numbers.Float32()
	if err != nil {
		return nil, err
	}
	if scale := o.scale(); scale != 1 {
		for i, v := range data {
			data[i] = float32(float64(v) * scale)
		}
	}
	return &volume.Image{Geometry: o.geometry, Channels: o.channels, Data: voxels.Planes(data, o.components)}, nil
}

func (s source) labels() (*volume.Labels, error) {
	o, err := s.begin()
	if err != nil {
		return nil, err
	}
	if o.channels != 1 {
		return nil, fmt.Errorf("a segmentation has one value per voxel, this file has %d", o.channels)
	}
	if scale := o.scale(); scale != 1 {
		return nil, fmt.Errorf("the header scales values by %g, which a segmentation does not; correct the header", scale)
	}
	data, err := o.numbers.Labels(o.geometry.Shape)
	if err != nil {
		return nil, err
	}
	return &volume.Labels{Geometry: o.geometry, Data: data}, nil
}

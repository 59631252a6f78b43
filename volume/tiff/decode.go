package tiff

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Decode reads an image from the bytes of a TIFF file.
func Decode(r io.Reader) (*volume.Image, error) { return decode(r, (*stack).image) }

// DecodeLabels reads a segmentation from the bytes of a TIFF file. Values that are no whole numbers from 0
// to 65535 are an error.
func DecodeLabels(r io.Reader) (*volume.Labels, error) { return decode(r, (*stack).labels) }

func decode[T any](r io.Reader, use func(*stack) (T, error)) (v T, err error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return v, err
	}
	f, err := open(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return v, err
	}
	s, err := f.stack()
	if err != nil {
		return v, err
	}
	return use(s)
}

func (s *stack) image() (*volume.Image, error) {
	g, channels, slice := s.geometry(), s.total(), s.pages[0].width*s.pages[0].height
	if int64(channels)*int64(slice) > math.MaxInt64/64/int64(s.slices()) {
		return nil, fmt.Errorf("%d slices of %d pixels in %d channels are more than any computer holds", s.slices(), slice, channels)
	}
	if err := s.deliver(); err != nil {
		return nil, err
	}
	im := volume.NewImage(g, channels)
	n := g.Voxels()
	planes := make([][]float32, s.pages[0].samples)
	for i, p := range s.pages {
		for k := range planes {
			at := (i%s.channels*p.samples+k)*n + i/s.channels*slice
			planes[k] = im.Data[at : at+slice]
		}
		if err := s.file.pixels(p, planes); err != nil {
			return nil, fmt.Errorf("page %d: %w", i, err)
		}
	}
	return im, nil
}

func (s *stack) labels() (*volume.Labels, error) {
	if n := s.total(); n != 1 {
		return nil, fmt.Errorf("a segmentation has one value per voxel, this file has %d", n)
	}
	g := s.geometry()
	slice := make([]float32, s.pages[0].width*s.pages[0].height)
	labels := make([]uint16, 0, min(int64(g.Voxels()), likely*s.stored))
	for i, p := range s.pages {
		err := s.file.pixels(p, [][]float32{slice})
		if err == nil {
			labels, err = voxels.AppendLabels(labels, slice, g.Shape)
		}
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", i, err)
		}
	}
	return &volume.Labels{Geometry: g, Data: labels}, nil
}

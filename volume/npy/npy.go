package npy

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/autoseg/autoseg/internal/npy"
	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

var types = map[string]voxels.Type{
	"|b1": voxels.Uint8, "|u1": voxels.Uint8, "|i1": voxels.Int8, "<u2": voxels.Uint16, "<i2": voxels.Int16, "<u4": voxels.Uint32,
	"<i4": voxels.Int32, "<u8": voxels.Uint64, "<i8": voxels.Int64, "<f2": voxels.Float16, "<f4": voxels.Float32, "<f8": voxels.Float64,
}

// Decode reads an image from the bytes of a .npy file.
func Decode(r io.Reader) (*volume.Image, error) { return source{reader: r}.image() }

// DecodeLabels reads a segmentation. Values that are no whole numbers from 0 to 65535 are an error.
func DecodeLabels(r io.Reader) (*volume.Labels, error) { return source{reader: r}.labels() }

// source is where an array comes from.
type source struct {
	reader io.Reader
	stored int64 // bytes of the file, 0 if not known
}

// opened is an array before its values are read.
type opened struct {
	geometry volume.Geometry
	channels int
	numbers  voxels.Source
	sizes    []int64 // channel, z, y, x
	fortran  bool
}

func (s source) begin() (*opened, error) {
	h, err := npy.ReadForeign(s.reader)
	if err != nil {
		return nil, err
	}
	sizes := []int64{1, 1, 1, 1} // channel, z, y, x
	if n := len(h.Shape); n < 2 || n > 4 {
		return nil, fmt.Errorf("an array of shape %v, want (y, x), (z, y, x) or (channel, z, y, x)", h.Shape)
	}
	for i, n := range h.Shape {
		sizes[len(sizes)-len(h.Shape)+i] = int64(n)
	}
	o := &opened{numbers: voxels.Source{Reader: s.reader, Type: types[h.Dtype], Order: binary.LittleEndian, Expansion: voxels.Raw},
		sizes: sizes, fortran: h.Fortran}
	if h.BigEndian {
		o.numbers.Order = binary.BigEndian
	}
	if s.stored > 0 {
		o.numbers.Stored = max(1, s.stored-int64(h.Offset))
	}
	if o.numbers.Count, err = voxels.Count(sizes...); err != nil {
		return nil, err
	}
	o.channels = int(sizes[0])
	o.geometry = volume.NewGeometry([3]int{int(sizes[1]), int(sizes[2]), int(sizes[3])}, [3]float64{1, 1, 1})
	if sizes[1] == 1 {
		o.geometry = volume.NewFlatGeometry(int(sizes[2]), int(sizes[3]))
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
	if o.fortran {
		data = reordered(data, o.sizes)
	}
	return &volume.Image{Geometry: o.geometry, Channels: o.channels, Data: data}, nil
}

func (s source) labels() (*volume.Labels, error) {
	o, err := s.begin()
	if err != nil {
		return nil, err
	}
	if o.channels != 1 {
		return nil, fmt.Errorf("a segmentation has one value per voxel, this file has %d", o.channels)
	}
	data, err := o.numbers.Labels(o.geometry.Shape)
	if err != nil {
		return nil, err
	}
	if o.fortran {
		data = reordered(data, o.sizes)
	}
	return &volume.Labels{Geometry: o.geometry, Data: data}, nil
}

// reordered turns Fortran order, whose first axis is the fastest, into C order.
func reordered[T any](data []T, sizes []int64) []T {
	out := make([]T, 0, len(data))
	channels, depth, height, width := int(sizes[0]), int(sizes[1]), int(sizes[2]), int(sizes[3])
	for c := range channels {
		for z := range depth {
			for y := range height {
				for x := range width {
					out = append(out, data[c+channels*(z+depth*(y+height*x))])
				}
			}
		}
	}
	return out
}

// Encode writes an image as float32. The spacing is not in it; WriteImage writes it beside. The error of an
// origin or direction, which the file cannot hold, is a *volume.LostGeometry.
func Encode(w io.Writer, im *volume.Image) error {
	if len(im.Data) != im.Channels*im.Voxels() || im.Channels < 1 {
		return fmt.Errorf("image of shape %v and %d channels has %d voxels", im.Shape, im.Channels, len(im.Data))
	}
	if err := holds(im.Geometry); err != nil {
		return err
	}
	shape := im.Shape[:]
	if im.Channels > 1 {
		shape = append([]int{im.Channels}, shape...)
	}
	if _, err := w.Write(npy.AppendHeader(nil, "<f4", shape)); err != nil {
		return err
	}
	return voxels.WriteFloat32(w, im.Data)
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
	dtype := "<u2"
	if voxels.LabelType(labels.Data) == voxels.Uint8 {
		dtype = "|u1"
	}
	if _, err := w.Write(npy.AppendHeader(nil, dtype, labels.Shape[:])); err != nil {
		return err
	}
	return voxels.WriteLabels(w, labels.Data)
}

// holds refuses origins and directions.
func holds(g volume.Geometry) error {
	if err := g.Validate(); err != nil {
		return err
	}
	return g.HeldAs(".npy", volume.NewGeometry(g.Shape, g.Spacing))
}

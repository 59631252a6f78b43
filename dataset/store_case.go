package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"unsafe"

	"github.com/autoseg/autoseg/internal/npy"
	"github.com/autoseg/autoseg/volume"
	"gopkg.in/yaml.v3"
)

// Stored is an open case of a store. Its arrays are mapped into memory where the system can, so that
// reading a patch touches only the pages of that patch. All methods but Close may be called
// concurrently.
type Stored struct {
	id         string
	shape      [3]int
	channels   int
	data       []float32 // (channel, z, y, x)
	labels     volume.Grid[int8]
	wideLabels volume.Grid[int16] // instead of labels where these do not fit int8
	locations  []ClassLocations
	properties yaml.Node
	files      []*mappedFile
}

// Open opens a complete case.
func (s *Store) Open(id string) (*Stored, error) {
	head, err := s.head(id)
	if err != nil {
		return nil, fmt.Errorf("open preprocessed case %s: %w", id, err)
	}
	c := &Stored{id: id, shape: head.Shape, channels: head.Channels, properties: head.Properties}
	for _, step := range []func(*Store) error{c.openData, c.openLabels, c.openLocations} {
		if err := step(s); err != nil {
			c.Close()
			return nil, fmt.Errorf("open preprocessed case %s: %w", id, err)
		}
	}
	return c, nil
}

func (c *Stored) openData(s *Store) error {
	path := s.path(c.id, dataEnding)
	head, values, err := c.openArray(path, c.channels)
	if err != nil {
		return err
	}
	if head.Dtype != "<f4" {
		return fmt.Errorf("%s: values of type %s, want <f4", path, head.Dtype)
	}
	c.data = floatsOf(values)
	return nil
}

func (c *Stored) openLabels(s *Store) error {
	path := s.path(c.id, labelsEnding)
	head, values, err := c.openArray(path, 1)
	if err != nil {
		return err
	}
	switch head.Dtype {
	case "|i1":
		c.labels = volume.NewGrid(c.shape, unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(values))), len(values)))
	case "<i2":
		c.wideLabels = volume.NewGrid(c.shape, shortsOf(values))
	default:
		return fmt.Errorf("%s: labels of type %s, want |i1 or <i2", path, head.Dtype)
	}
	return nil
}

// openArray maps an array of the case's shape and returns the bytes of its values.
func (c *Stored) openArray(path string, channels int) (npy.Header, []byte, error) {
	f, err := mapFile(path)
	if err != nil {
		return npy.Header{}, nil, err
	}
	c.files = append(c.files, f)
	head, err := npy.ReadHeader(bytes.NewReader(f.content))
	if err != nil {
		return head, nil, fmt.Errorf("%s: %w", path, err)
	}
	want := []int{channels, c.shape[0], c.shape[1], c.shape[2]}
	if !slices.Equal(head.Shape, want) {
		return head, nil, fmt.Errorf("%s: shape %v, want %v as in the case's yaml file; preprocess the case again", path, head.Shape, want)
	}
	stored := len(f.content) - head.Offset
	n, err := head.Elements(stored)
	if err != nil {
		return head, nil, fmt.Errorf("%s: %w", path, err)
	}
	if n == 0 || n*head.Width() != stored {
		return head, nil, fmt.Errorf("%s: %d bytes of values, want %d; preprocess the case again", path, stored, n*head.Width())
	}
	return head, f.content[head.Offset:], nil
}

func (c *Stored) openLocations(s *Store) error {
	path := s.path(c.id, locationsEnding)
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if c.locations, err = readLocations(f, info.Size(), c.shape); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// ID returns the case's identifier.
func (c *Stored) ID() string { return c.id }

// Shape returns the number of voxels per axis, slowest first.
func (c *Stored) Shape() [3]int { return c.shape }

// Channels returns the number of image channels.
func (c *Stored) Channels() int { return c.channels }

// Locations returns the sampled voxels of every class; the caller must not change them.
func (c *Stored) Locations() []ClassLocations { return c.locations }

// Properties decodes what the case was stored with.
func (c *Stored) Properties(into any) error {
	if err := c.properties.Decode(into); err != nil {
		return fmt.Errorf("properties of case %s: %w", c.id, err)
	}
	return nil
}

// Data returns the whole image, (channel, z, y, x). It is a view of the file: writing to it is a
// fault, and it ends with Close.
func (c *Stored) Data() []float32 { return c.data }

// Channel returns the view of one channel of Data.
func (c *Stored) Channel(i int) volume.Grid[float32] {
	n := c.shape[0] * c.shape[1] * c.shape[2]
	return volume.NewGrid(c.shape, c.data[i*n:(i+1)*n])
}

// Labels returns a copy of all labels, (z, y, x).
func (c *Stored) Labels() []int16 {
	labels := make([]int16, c.shape[0]*c.shape[1]*c.shape[2])
	c.Patch(nil, labels, volume.WholeBox(c.shape))
	return labels
}

// Patch reads a box, which may reach beyond the case: there the image is 0 and labels are -1. dst
// takes (channel, z, y, x) and labels (z, y, x); either may be nil. It panics when they are shorter
// than the box.
func (c *Stored) Patch(dst []float32, labels []int16, box volume.Box) {
	n := max(0, box.Shape()[0]) * max(0, box.Shape()[1]) * max(0, box.Shape()[2])
	if dst != nil {
		for i := range c.channels {
			copyBox(dst[i*n:(i+1)*n], c.Channel(i), box, 0)
		}
	}
	switch {
	case labels == nil:
	case c.labels.Data != nil:
		copyBox(labels[:n], c.labels, box, -1)
	default:
		copyBox(labels[:n], c.wideLabels, box, -1)
	}
}

// Close releases the memory maps. Views of the case must not be used any more.
func (c *Stored) Close() error {
	var first error
	for _, f := range c.files {
		if err := f.close(); err != nil && first == nil {
			first = err
		}
	}
	c.files, c.data = nil, nil
	return first
}

// number is any element that a patch is copied from or to.
type number interface{ int8 | int16 | float32 }

// copyBox writes the box of a contiguous grid to dst in C order, with outside beyond the grid.
func copyBox[D, S number](dst []D, g volume.Grid[S], box volume.Box, outside D) {
	shape, inside := box.Shape(), box.Intersect(volume.WholeBox(g.Shape))
	if inside != box {
		for i := range dst {
			dst[i] = outside
		}
	}
	if inside.Empty() {
		return
	}
	for z := inside.Start[0]; z < inside.End[0]; z++ {
		for y := inside.Start[1]; y < inside.End[1]; y++ {
			from := g.Data[g.Index(z, y, inside.Start[2]):][:inside.Shape()[2]]
			at := ((z-box.Start[0])*shape[1]+y-box.Start[1])*shape[2] + inside.Start[2] - box.Start[2]
			copyRow(dst[at:at+len(from)], from)
		}
	}
}

func copyRow[D, S number](dst []D, from []S) {
	if same, ok := any(from).([]D); ok {
		copy(dst, same)
		return
	}
	for i, v := range from {
		dst[i] = D(v)
	}
}

var hostIsLittleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// floatsOf views little-endian bytes as float32; it copies where the machine cannot read them as
// they are. Values begin at a multiple of 64 bytes, but a foreign file may be unaligned.
func floatsOf(b []byte) []float32 {
	p := unsafe.Pointer(unsafe.SliceData(b))
	if hostIsLittleEndian && uintptr(p)%4 == 0 {
		return unsafe.Slice((*float32)(p), len(b)/4)
	}
	values := make([]float32, len(b)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return values
}

func shortsOf(b []byte) []int16 {
	p := unsafe.Pointer(unsafe.SliceData(b))
	if hostIsLittleEndian && uintptr(p)%2 == 0 {
		return unsafe.Slice((*int16)(p), len(b)/2)
	}
	values := make([]int16, len(b)/2)
	for i := range values {
		values[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return values
}

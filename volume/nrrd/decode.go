package nrrd

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Decode reads an image from the bytes of an .nrrd file.
func Decode(r io.Reader) (*volume.Image, error) { return source{reader: r}.image() }

// DecodeLabels reads a segmentation from the bytes of an .nrrd file. Values that are no whole numbers
// from 0 to 65535 are an error.
func DecodeLabels(r io.Reader) (*volume.Labels, error) { return source{reader: r}.labels() }

// source is where header and voxels come from.
type source struct {
	reader io.Reader
	stored int64 // bytes of the file, 0 if not known
	// open opens a file that the header names and tells its size; nil where there is none.
	open func(name string) (io.ReadCloser, int64, error)
}

// opened is an image before its voxels are read.
type opened struct {
	header   *header
	layout   layout
	geometry volume.Geometry
	numbers  voxels.Source
	close    func() error
}

// start reads the header.
func (s source) start() (*opened, *bufio.Reader, error) {
	r := bufio.NewReaderSize(s.reader, 1<<16)
	h, err := readHeader(r)
	if err != nil {
		return nil, nil, err
	}
	o := &opened{header: h, close: func() error { return nil }}
	if o.layout, err = h.layout(); err != nil {
		return nil, nil, err
	}
	o.geometry, err = h.geometry(o.layout)
	return o, r, err
}

// begin reads the header and opens the voxels.
func (s source) begin() (*opened, error) {
	o, r, err := s.start()
	if err != nil {
		return nil, err
	}
	h := o.header
	count, err := voxels.Count(h.sizes...)
	if err != nil {
		return nil, err
	}
	o.numbers = voxels.Source{Type: h.numbers, Order: h.order, Count: count, Text: h.encoding == text, Expansion: h.encoding.expansion()}
	if h.dataFile == "" {
		o.numbers.Stored = s.stored
		o.numbers.Reader, err = h.unpack(r, count*int64(h.numbers.Bytes()))
		return o, err
	}
	if s.open == nil {
		return nil, fmt.Errorf("the voxels lie in %q; open the .nhdr file by name", h.dataFile)
	}
	return o, s.elsewhere(o)
}

// files returns the names of the files of voxels, none where they follow the header.
func (h *header) files() ([]string, error) {
	fields := strings.Fields(h.dataFile)
	switch {
	case h.dataFile == "":
		return nil, nil
	case h.dataFile == "LIST":
		return h.list, nil
	case strings.Contains(fields[0], "%") && len(fields) >= 4:
		n, err := voxels.ParseNumbered(fields[0], fields[1:4])
		if err != nil {
			return nil, err
		}
		if len(fields) > 4 {
			if h.listAxes, err = whole(fields[4], 1, maxAxes); err != nil {
				return nil, fmt.Errorf("data file: %w", err)
			}
		}
		return n.Names()
	}
	return []string{h.dataFile}, nil
}

// elsewhere reads voxels from the files that the header names.
func (s source) elsewhere(o *opened) error {
	h := o.header
	names, err := h.files()
	if err != nil {
		return err
	}
	if len(names) != 1 || names[0] != h.dataFile {
		return s.series(o, names)
	}
	f, size, err := s.open(h.dataFile)
	if err != nil {
		return err
	}
	o.close, o.numbers.Stored = f.Close, size
	if o.numbers.Reader, err = h.unpack(f, o.numbers.Count*int64(h.numbers.Bytes())); err != nil {
		f.Close()
	}
	return err
}

// series reads voxels from several files, an equal part in each.
func (s source) series(o *opened, names []string) error {
	h, total := o.header, o.numbers.Count*int64(o.header.numbers.Bytes())
	files, slices := len(names), h.sizes[len(h.sizes)-1]
	if h.listAxes > 0 {
		slices = 1
		for _, n := range h.sizes[min(h.listAxes, len(h.sizes)):] {
			slices *= n
		}
	}
	if int64(files) != slices {
		return fmt.Errorf("%d files of voxels for %d slices", files, slices)
	}
	if h.encoding == text {
		return fmt.Errorf("voxels in several files of text are not read")
	}
	r := &voxels.Series{Files: files, Part: total / int64(files)}
	r.Open = func(i int) (io.ReadCloser, error) {
		f, _, err := s.open(names[i])
		if err != nil {
			return nil, err
		}
		unpacked, err := h.unpack(f, r.Part)
		if err != nil {
			f.Close()
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{unpacked, f}, nil
	}
	o.numbers.Reader, o.numbers.Expansion, o.close = r, voxels.Unbounded, r.Close
	return nil
}

func (s source) image() (*volume.Image, error) {
	o, err := s.begin()
	if err != nil {
		return nil, err
	}
	defer o.close()
	data, err := o.numbers.Float32()
	if err != nil {
		return nil, err
	}
	return &volume.Image{Geometry: o.geometry, Channels: o.channels(), Data: o.planes(data)}, nil
}

func (s source) labels() (*volume.Labels, error) {
	o, err := s.begin()
	if err != nil {
		return nil, err
	}
	defer o.close()
	if n := o.channels(); n != 1 {
		return nil, fmt.Errorf("a segmentation has one value per voxel, this file has %d; keep one layer", n)
	}
	data, err := o.numbers.Labels(o.geometry.Shape)
	if err != nil {
		return nil, err
	}
	return &volume.Labels{Geometry: o.geometry, Data: data}, nil
}

func (o *opened) channels() int {
	if o.layout.channel < 0 {
		return 1
	}
	return int(o.header.sizes[o.layout.channel])
}

// planes brings the channel axis to the front, wherever it stands.
func (o *opened) planes(data []float32) []float32 {
	channels, inner := o.channels(), 1
	for i := range max(0, o.layout.channel) {
		inner *= int(o.header.sizes[i])
	}
	block := channels * inner
	if channels == 1 || block == len(data) {
		return data
	}
	r, plane := make([]float32, len(data)), len(data)/channels
	for at := 0; at < len(data); at += block {
		for c := range channels {
			copy(r[c*plane+at/channels:], data[at+c*inner:at+(c+1)*inner])
		}
	}
	return r
}

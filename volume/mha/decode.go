package mha

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zlib"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Decode reads an image from the bytes of an .mha file.
func Decode(r io.Reader) (*volume.Image, error) { return source{reader: r}.image() }

// DecodeLabels reads a segmentation from the bytes of an .mha file. Values that are no whole numbers
// from 0 to 65535 are an error.
func DecodeLabels(r io.Reader) (*volume.Labels, error) { return source{reader: r}.labels() }

// source is where header and voxels come from.
type source struct {
	reader io.Reader
	stored int64 // bytes of the file, 0 if not known
	// open opens a file that the header names, nil where there is none.
	open func(name string) (file, error)
}

// file is an open file of voxels.
type file interface {
	io.ReadSeekCloser
	Size() int64
}

// opened is an image before its voxels are read.
type opened struct {
	header   *header
	geometry volume.Geometry
	channels int
	numbers  voxels.Source
	close    func() error
}

// start reads the header.
func (s source) start() (*header, *bufio.Reader, error) {
	r := bufio.NewReaderSize(s.reader, 1<<16)
	h, err := readHeader(r)
	return h, r, err
}

func (s source) begin() (*opened, error) {
	h, r, err := s.start()
	if err != nil {
		return nil, err
	}
	o := &opened{header: h, close: func() error { return nil }}
	if o.geometry, o.channels, err = h.geometry(); err != nil {
		return nil, err
	}
	count, err := h.count()
	if err != nil {
		return nil, err
	}
	o.numbers = voxels.Source{Type: h.elements, Order: h.order, Count: count, Text: h.text, Expansion: voxels.Raw}
	if h.compressed {
		o.numbers.Expansion = voxels.Deflate
	}
	if h.dataFile == local {
		return o, s.follow(o, r)
	}
	return o, s.elsewhere(o)
}

// follow reads voxels behind the header.
func (s source) follow(o *opened, r *bufio.Reader) (err error) {
	if o.header.skip > 0 {
		return errors.New("HeaderSize with voxels behind the header makes no sense")
	}
	o.numbers.Stored = s.stored
	o.numbers.Reader, err = o.header.unpack(r)
	return err
}

// unpack decompresses the voxels of one file.
func (h *header) unpack(r io.Reader) (io.Reader, error) {
	if !h.compressed {
		return r, nil
	}
	if h.packed > 0 {
		r = io.LimitReader(r, h.packed)
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("the compressed voxels are damaged: %w", err)
	}
	return z, nil
}

// files returns the names of the files of voxels, none where they follow the header.
func (h *header) files() ([]string, error) {
	fields := strings.Fields(h.dataFile)
	switch {
	case h.dataFile == local:
		return nil, nil
	case h.list != nil:
		return h.list, nil
	case strings.Contains(fields[0], "%") && len(fields) > 1:
		n, err := voxels.ParseNumbered(fields[0], fields[1:])
		if err != nil {
			return nil, err
		}
		return n.Names()
	}
	return []string{h.dataFile}, nil
}

// elsewhere reads voxels from the files that the header names.
func (s source) elsewhere(o *opened) error {
	h := o.header
	if s.open == nil {
		return fmt.Errorf("the voxels lie in %q; open the .mhd file by name", h.dataFile)
	}
	names, err := h.files()
	if err != nil {
		return err
	}
	if len(names) != 1 || names[0] != h.dataFile {
		return s.series(o, names)
	}
	total := o.numbers.Count * int64(h.elements.Bytes())
	f, err := s.open(h.dataFile)
	if err != nil {
		return err
	}
	o.close, o.numbers.Stored = f.Close, f.Size()
	if err := h.seek(f, total); err != nil {
		f.Close()
		return err
	}
	if o.numbers.Reader, err = h.unpack(f); err != nil {
		f.Close()
	}
	return err
}

// seek moves to the first voxel of a file that has size bytes of them.
func (h *header) seek(f file, size int64) error {
	at := h.skip
	if at == -1 {
		if h.compressed || h.text {
			return errors.New("HeaderSize = -1 needs voxels that are neither compressed nor text")
		}
		at = f.Size() - size
	}
	if at < 0 || at > f.Size() {
		return fmt.Errorf("the file of voxels has %d bytes, the header needs %d", f.Size(), max(size, h.skip))
	}
	_, err := f.Seek(at, io.SeekStart)
	return err
}

// series reads voxels from several files, an equal part in each.
func (s source) series(o *opened, names []string) error {
	h, total := o.header, o.numbers.Count*int64(o.header.elements.Bytes())
	if h.compressed || h.text {
		return errors.New("voxels in several files that are compressed or text are not read")
	}
	files, slices := len(names), h.sizes[len(h.sizes)-1]
	if h.listAxes > 0 {
		slices = 1
		for _, n := range h.sizes[min(h.listAxes, len(h.sizes)):] {
			slices *= n
		}
	}
	if int64(files) != slices || total%int64(files) != 0 {
		return fmt.Errorf("%d files of voxels for %d slices", files, slices)
	}
	r := &voxels.Series{Files: files, Part: total / int64(files)}
	r.Open = func(i int) (io.ReadCloser, error) {
		f, err := s.open(names[i])
		if err != nil {
			return nil, err
		}
		if err := h.seek(f, r.Part); err != nil {
			f.Close()
			return nil, err
		}
		return f, nil
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
	return &volume.Image{Geometry: o.geometry, Channels: o.channels, Data: voxels.Planes(data, int(o.header.components))}, nil
}

func (s source) labels() (*volume.Labels, error) {
	o, err := s.begin()
	if err != nil {
		return nil, err
	}
	defer o.close()
	if o.channels != 1 {
		return nil, fmt.Errorf("a segmentation has one value per voxel, this file has %d", o.channels)
	}
	data, err := o.numbers.Labels(o.geometry.Shape)
	if err != nil {
		return nil, err
	}
	return &volume.Labels{Geometry: o.geometry, Data: data}, nil
}

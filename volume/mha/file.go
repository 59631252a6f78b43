package mha

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// ReadImage reads an image from an .mha or .mhd file.
func ReadImage(path string) (*volume.Image, error) { return readFile(path, source.image) }

// ReadLabels reads a segmentation. Values that are no whole numbers from 0 to 65535 are an error.
func ReadLabels(path string) (*volume.Labels, error) { return readFile(path, source.labels) }

// ReadGeometry reads the header of a file only: where its voxels lie and how many channels it has.
func ReadGeometry(path string) (volume.Geometry, int, error) {
	type peek struct {
		geometry volume.Geometry
		channels int
	}
	p, err := readFile(path, func(s source) (p peek, err error) {
		h, _, err := s.start()
		if err == nil {
			p.geometry, p.channels, err = h.geometry()
		}
		return p, err
	})
	return p.geometry, p.channels, err
}

// Companions lists the files that a header names for its voxels.
func Companions(path string) ([]string, error) {
	return readFile(path, func(s source) ([]string, error) {
		h, _, err := s.start()
		if err != nil {
			return nil, err
		}
		names, err := h.files()
		if err != nil {
			return nil, err
		}
		return voxels.Beside(path, names)
	})
}

// WriteImage writes an image of float32 elements, compressed: an .mha file, or an .mhd file with the voxels in
// a .zraw file beside it.
func WriteImage(path string, image *volume.Image) error {
	p, err := imagePayload(image)
	return writeFile(path, p, err)
}

// WriteLabels writes a segmentation. Each file appears complete or not at all.
func WriteLabels(path string, labels *volume.Labels) error {
	p, err := labelsPayload(labels)
	return writeFile(path, p, err)
}

func readFile[T any](path string, decode func(source) (T, error)) (v T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return v, fmt.Errorf("read %s: %w", path, voxels.Reason(err))
	}
	defer f.Close()
	s := source{reader: f, stored: voxels.Size(f)}
	s.open = func(name string) (file, error) {
		data, err := voxels.OpenBeside(path, name)
		if err != nil {
			return nil, err
		}
		return sized{data}, nil
	}
	if v, err = decode(s); err != nil {
		return v, fmt.Errorf("read %s: %w", path, err)
	}
	return v, nil
}

type sized struct{ *os.File }

func (f sized) Size() int64 { return voxels.Size(f.File) }

func writeFile(path string, p payload, err error) error {
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	ending := filepath.Ext(path)
	switch strings.ToLower(ending) {
	case ".mha":
		return atomicfile.Write(path, p.attached)
	case ".mhd":
		packed, err := p.packed()
		if err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
		// ITK's ending of compressed voxels; a .raw file may belong to somebody else.
		data := strings.TrimSuffix(path, ending) + ".zraw"
		if err := atomicfile.WriteBytes(data, packed); err != nil {
			return err
		}
		return atomicfile.WriteBytes(path, []byte(p.header(len(packed), filepath.Base(data))))
	}
	return fmt.Errorf("write %s: want the ending .mha or .mhd", path)
}

package natural

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// ReadImage reads an image from a PNG, BMP or JPEG file.
func ReadImage(path string) (*volume.Image, error) { return readFile(path, Decode) }

// ReadLabels reads a segmentation from a PNG or BMP file.
func ReadLabels(path string) (*volume.Labels, error) { return readFile(path, DecodeLabels) }

// ReadGeometry reads the header of a file only: its size and its number of channels.
func ReadGeometry(path string) (volume.Geometry, int, error) {
	p, err := readFile(path, func(r io.Reader) (picture, error) {
		size := int64(math.MaxInt64 / (64 * voxels.Deflate))
		if f, ok := r.(*os.File); ok && voxels.Size(f) > 0 {
			size = voxels.Size(f)
		}
		return peek(r, size)
	})
	if err != nil {
		return volume.Geometry{}, 0, err
	}
	return p.geometry(), p.channels(), nil
}

// WriteImage writes an image to a .png or .bmp file.
func WriteImage(path string, im *volume.Image) error {
	return writeFile(path, func(w io.Writer, name string) error { return encode(w, name, im) })
}

// WriteLabels writes a segmentation to a .png or .bmp file. The file appears complete or not at all.
func WriteLabels(path string, labels *volume.Labels) error {
	return writeFile(path, func(w io.Writer, name string) error { return encodeLabels(w, name, labels) })
}

func readFile[T any](path string, decode func(io.Reader) (T, error)) (v T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return v, fmt.Errorf("read %s: %w", path, voxels.Reason(err))
	}
	defer f.Close()
	if v, err = decode(f); err != nil {
		return v, fmt.Errorf("read %s: %w", path, err)
	}
	return v, nil
}

func writeFile(path string, encode func(w io.Writer, name string) error) error {
	name := strings.ToUpper(strings.TrimPrefix(filepath.Ext(path), "."))
	if name != "PNG" && name != "BMP" {
		return fmt.Errorf("write %s: want the ending .png or .bmp", path)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return encode(w, name) })
}

package analyze

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// ReadImage reads an image from a pair of files, by the name of either (.hdr or .img).
func ReadImage(path string) (*volume.Image, error) { return readFiles(path, source.image) }

// ReadLabels reads a segmentation. Values that are no whole numbers from 0 to 65535 are an error.
func ReadLabels(path string) (*volume.Labels, error) { return readFiles(path, source.labels) }

// ReadGeometry reads the header only: where the voxels lie and how many channels there are.
func ReadGeometry(path string) (g volume.Geometry, channels int, err error) {
	f, err := os.Open(pair(path, ".hdr"))
	if err != nil {
		return g, 0, fmt.Errorf("read %s: %w", path, voxels.Reason(err))
	}
	defer f.Close()
	h, err := readHeader(f)
	if err == nil {
		g, channels, err = h.geometry()
	}
	if err != nil {
		return g, 0, fmt.Errorf("read %s: %w", path, err)
	}
	return g, channels, nil
}

// Is reports whether the header of a pair is Analyze 7.5 and not NIfTI, which has a mark at its end. A file
// that cannot be read is neither.
func Is(path string) bool {
	f, err := os.Open(pair(path, ".hdr"))
	if err != nil {
		return false
	}
	defer f.Close()
	h, err := readHeader(f)
	if err != nil {
		return false
	}
	magic := string(h.raw[atMagic : atMagic+3])
	return magic != "ni1" && magic != "n+1"
}

// WriteImage writes an image of float32 voxels to a .hdr and an .img file.
func WriteImage(path string, im *volume.Image) error {
	p, err := imagePayload(im)
	return writeFiles(path, p, err)
}

// WriteLabels writes a segmentation to a .hdr and an .img file. Each appears complete or not at all, the
// header last.
func WriteLabels(path string, labels *volume.Labels) error {
	p, err := labelsPayload(labels)
	return writeFiles(path, p, err)
}

// pair returns the name of a file of the pair that path belongs to, in the case of letters that path has.
func pair(path, ending string) string {
	had := filepath.Ext(path)
	if had == strings.ToUpper(had) {
		ending = strings.ToUpper(ending)
	}
	return strings.TrimSuffix(path, had) + ending
}

func readFiles[T any](path string, decode func(source) (T, error)) (v T, err error) {
	f, err := os.Open(pair(path, ".hdr"))
	if err != nil {
		return v, fmt.Errorf("read %s: %w", path, voxels.Reason(err))
	}
	defer f.Close()
	data, err := openVoxels(path)
	if err != nil {
		return v, fmt.Errorf("read %s: %w", path, err)
	}
	defer data.Close()
	if v, err = decode(source{header: f, data: data, stored: voxels.Size(data)}); err != nil {
		return v, fmt.Errorf("read %s: %w", path, err)
	}
	return v, nil
}

// Companions lists the other file of the pair.
func Companions(path string) ([]string, error) {
	if strings.EqualFold(filepath.Ext(path), ".img") {
		return []string{pair(path, ".hdr")}, nil
	}
	f, err := openVoxels(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	return []string{f.Name()}, nil
}

func openVoxels(path string) (*os.File, error) {
	name := pair(path, ".img")
	for _, name := range []string{name, name + ".gz"} {
		f, err := os.Open(name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, fmt.Errorf("the header has no voxels of its own and %s (or .img.gz) is missing; put it beside the header: %w", name, fs.ErrNotExist)
}

func writeFiles(path string, p payload, err error) error {
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if e := strings.ToLower(filepath.Ext(path)); e != ".hdr" && e != ".img" {
		return fmt.Errorf("write %s: want the ending .hdr or .img", path)
	}
	if err := atomicfile.Write(pair(path, ".img"), p.write); err != nil {
		return err
	}
	return atomicfile.Write(pair(path, ".hdr"), func(w io.Writer) error {
		_, err := w.Write(p.header)
		return err
	})
}

package nifti

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/volume"
)

// maxRatio bounds how much deflate can expand: a match of 258 bytes takes at least two bits.
const maxRatio = 1032

// ReadImage reads an image: .nii.gz with SimpleITK's conventions, everything else with nibabel's, as
// nnU-Net chooses its readers.
func ReadImage(path string) (*volume.Image, error) { return ReadImageAs(path, conventionOf(path)) }

// ReadLabels reads a segmentation. Values that are no whole numbers from 0 to 65535 are an error.
func ReadLabels(path string) (*volume.Labels, error) { return ReadLabelsAs(path, conventionOf(path)) }

// ReadImageAs is ReadImage with the conventions of a given program.
func ReadImageAs(path string, c Convention) (*volume.Image, error) {
	return readFile(path, c, source.image)
}

// ReadLabelsAs is ReadLabels with the conventions of a given program.
func ReadLabelsAs(path string, c Convention) (*volume.Labels, error) {
	return readFile(path, c, source.labels)
}

// WriteImage writes an image of float32 voxels, compressed if the path ends in .gz.
func WriteImage(path string, image *volume.Image) error {
	return writeFile(path, func(w io.Writer) error { return Encode(w, image) })
}

// WriteLabels writes a segmentation, compressed if the path ends in .gz. The file appears complete or
// not at all.
func WriteLabels(path string, labels *volume.Labels) error {
	return writeFile(path, func(w io.Writer) error { return EncodeLabels(w, labels) })
}

func conventionOf(path string) Convention {
	if strings.HasSuffix(strings.ToLower(path), ".gz") {
		return ITK
	}
	return Nibabel
}

func readFile[T any](path string, c Convention, decode func(source) (T, error)) (v T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return v, fmt.Errorf("read %s: %w", path, reason(err))
	}
	defer f.Close()
	s := source{reader: f, convention: c, limit: sizeLimit(f)}
	if base, ok := headerBase(path); ok {
		var second *os.File
		if second, err = openPair(base); err != nil {
			return v, fmt.Errorf("read %s: %w", path, err)
		}
		defer second.Close()
		s.limit = sizeLimit(second)
		s.voxels = func(*Header) (io.Reader, error) { return second, nil }
	}
	if v, err = decode(s); err != nil {
		return v, fmt.Errorf("read %s: %w", path, err)
	}
	return v, nil
}

// reason strips the path that the caller names anyway.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// sizeLimit returns how many bytes a file can possibly hold, decompressed.
func sizeLimit(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	if strings.HasSuffix(strings.ToLower(f.Name()), ".gz") {
		return info.Size() * maxRatio
	}
	return info.Size()
}

// headerBase returns the path without .hdr or .hdr.gz, if it has one of these endings.
func headerBase(path string) (string, bool) {
	lower := strings.ToLower(path)
	for _, ending := range []string{".hdr", ".hdr.gz"} {
		if strings.HasSuffix(lower, ending) {
			return path[:len(path)-len(ending)], true
		}
	}
	return "", false
}

func openPair(base string) (*os.File, error) {
	for _, ending := range []string{".img", ".img.gz", ".IMG"} {
		f, err := os.Open(base + ending)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, fmt.Errorf("the header has no voxels of its own and %s.img (or .img.gz) is missing; put it beside the header", base)
}

func writeFile(path string, encode func(io.Writer) error) error {
	lower := strings.ToLower(path)
	if !strings.HasSuffix(lower, ".nii") && !strings.HasSuffix(lower, ".nii.gz") {
		return fmt.Errorf("write %s: want the ending .nii or .nii.gz", path)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		if !strings.HasSuffix(lower, ".gz") {
			return encode(w)
		}
		z, err := gzip.NewWriterLevel(w, gzip.DefaultCompression)
		if err != nil {
			return err
		}
		if err := encode(z); err != nil {
			return err
		}
		return z.Close()
	})
}

package npy

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/sidecar"
	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// ReadImage reads an image from a .npy file, and its spacing from the .json file beside it.
func ReadImage(path string) (*volume.Image, error) {
	im, err := readFile(path, source.image)
	if err == nil {
		err = spaced(path, &im.Geometry)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return im, nil
}

// ReadLabels reads a segmentation. Values that are no whole numbers from 0 to 65535 are an error.
func ReadLabels(path string) (*volume.Labels, error) {
	labels, err := readFile(path, source.labels)
	if err == nil {
		err = spaced(path, &labels.Geometry)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return labels, nil
}

// ReadGeometry reads the header of a file only: where its voxels lie and how many channels it has.
func ReadGeometry(path string) (volume.Geometry, int, error) {
	o, err := readFile(path, source.begin)
	if err == nil {
		err = spaced(path, &o.geometry)
	}
	if err != nil {
		return volume.Geometry{}, 0, fmt.Errorf("read %s: %w", path, err)
	}
	return o.geometry, o.channels, nil
}

// WriteImage writes an image to a .npy file, and its spacing to the .json file beside it, which is called
// after the case: case.json for case_0000.npy.
func WriteImage(path string, im *volume.Image) error {
	err := writeFile(path, func(w io.Writer) error { return Encode(w, im) })
	if err != nil || implied(im.Geometry) {
		return err
	}
	return sidecar.WriteImage(path, im.Spacing)
}

// WriteLabels writes a segmentation to a .npy file, and its spacing beside it. The file appears complete or
// not at all.
func WriteLabels(path string, labels *volume.Labels) error {
	err := writeFile(path, func(w io.Writer) error { return EncodeLabels(w, labels) })
	if err != nil || implied(labels.Geometry) {
		return err
	}
	return sidecar.WriteLabels(path, labels.Spacing)
}

// Companions lists the file of the spacing, where there is one.
func Companions(path string) ([]string, error) { return sidecar.Find(path) }

// implied reports whether the spacing is what a 2D image has without a file beside it.
func implied(g volume.Geometry) bool {
	return g.Shape[0] == 1 && g.Spacing == volume.NewFlatGeometry(1, 1).Spacing
}

// spaced sets the spacing from the file beside an image.
func spaced(path string, g *volume.Geometry) error {
	spacing, found, err := sidecar.Read(path)
	if found {
		g.Spacing = spacing
	}
	return err
}

func readFile[T any](path string, decode func(source) (T, error)) (v T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return v, voxels.Reason(err)
	}
	defer f.Close()
	return decode(source{reader: f, stored: voxels.Size(f)})
}

func writeFile(path string, encode func(io.Writer) error) error {
	if strings.ToLower(filepath.Ext(path)) != ".npy" {
		return fmt.Errorf("write %s: want the ending .npy", path)
	}
	return atomicfile.Write(path, encode)
}

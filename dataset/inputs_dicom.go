package dataset

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/dicom"
)

// seriesInputs finds DICOM images: path is a DICOM file, a folder that holds one series, or a folder of folders
// that hold one series each, named as image files are but for the ending (CASE_0000 per channel, or CASE). It
// returns their names in the folder d.Dir, nil where there is no DICOM.
func (d *Dataset) seriesInputs(path string) ([]string, error) {
	holds, err := holdsDICOM(path)
	if err != nil {
		return nil, err
	}
	if holds {
		if path, err = filepath.Abs(path); err != nil { // "." is no name for a case
			return nil, err
		}
		d.Dir = filepath.Dir(path)
		return []string{filepath.Base(path)}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var series []string
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		holds, err := holdsDICOM(filepath.Join(path, e.Name()))
		if err != nil {
			return nil, err
		}
		if holds {
			series = append(series, e.Name())
		}
	}
	return series, nil
}

// holdsDICOM reports whether a path is a DICOM file or a folder with one directly in it.
func holdsDICOM(path string) (bool, error) {
	about, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	if !about.IsDir() {
		return dicom.Is(path), nil
	}
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		if e.Type().IsRegular() && dicom.Is(filepath.Join(path, e.Name())) {
			return true, nil
		}
	}
	return false, err
}

// isSeries reports whether an image of a case is DICOM, which no ending need tell.
func isSeries(formats volume.Formats, path string) bool {
	return formats.Ending(path) == "" && dicom.Is(path)
}

// readImage reads one image of a case.
func readImage(formats volume.Formats, path string) (*volume.Image, error) {
	if isSeries(formats, path) {
		return dicom.ReadImage(path)
	}
	return formats.Read(path)
}

// readGeometry reads where the voxels of one image of a case lie.
func readGeometry(formats volume.Formats, path string) (volume.Geometry, int, error) {
	if isSeries(formats, path) {
		return dicom.ReadGeometry(path)
	}
	return formats.ReadGeometry(path)
}

// Series returns the DICOM file or folder that the first image of a case is, or "" where it is no DICOM.
func (c Case) Series() string {
	if len(c.Images) == 0 || !dicom.Is(c.Images[0]) {
		return ""
	}
	return c.Images[0]
}

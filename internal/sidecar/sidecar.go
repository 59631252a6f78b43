// Package sidecar reads and writes the JSON file beside an image whose format has no place for voxel
// sizes: {"spacing": [z, y, x]} in mm, as nnU-Net's Tiff3DIO has it. The file is called after the case,
// without the number of the channel: case.json for case.tif and for case_0000.tif.
package sidecar

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
)

var channelSuffix = regexp.MustCompile(`._[0-9]{4}$`)

// sizeLimit bounds the file: three numbers, and what other programs may have added.
const sizeLimit = 1 << 20

// names returns the files that may belong to an image, first the one of exactly its name.
func names(path string) []string {
	base := strings.TrimSuffix(path, filepath.Ext(path))
	all := []string{base + ".json"}
	if channelSuffix.MatchString(filepath.Base(base)) {
		all = append(all, base[:len(base)-len("_0000")]+".json")
	}
	return all
}

// Read returns the spacing (z, y, x) of an image, and false where there is no file for it.
func Read(path string) ([3]float64, bool, error) {
	for _, name := range names(path) {
		spacing, err := read(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return spacing, err == nil, err
		}
	}
	return [3]float64{}, false, nil
}

// Find returns the file of the spacing of an image as a list, which is empty where there is none.
func Find(path string) ([]string, error) {
	for _, name := range names(path) {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			return []string{name}, err
		}
	}
	return nil, nil
}

func read(name string) (spacing [3]float64, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return spacing, err
	}
	if info.Size() > sizeLimit {
		return spacing, fmt.Errorf("%s is too large for the spacing of an image", name)
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return spacing, err
	}
	var content struct{ Spacing []float64 }
	if err := json.Unmarshal(raw, &content); err != nil {
		return spacing, fmt.Errorf("%s: %w", name, err)
	}
	if len(content.Spacing) != 3 {
		return spacing, fmt.Errorf(`%s has %d numbers as spacing, want {"spacing": [z, y, x]} in mm`, name, len(content.Spacing))
	}
	for i, v := range content.Spacing {
		if !(v > 0) || math.IsInf(v, 0) {
			return spacing, fmt.Errorf("%s: spacing %v, want positive numbers", name, content.Spacing)
		}
		spacing[i] = v
	}
	return spacing, nil
}

// WriteImage writes the spacing (z, y, x) of an image file, whose name may end in the number of a channel.
func WriteImage(path string, spacing [3]float64) error {
	all := names(path)
	return write(all[len(all)-1], spacing)
}

// WriteLabels writes the spacing (z, y, x) of a segmentation. A number at the end of its name belongs to
// the name of the case.
func WriteLabels(path string, spacing [3]float64) error { return write(names(path)[0], spacing) }

func write(name string, spacing [3]float64) error {
	raw, err := json.Marshal(map[string][3]float64{"spacing": spacing})
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(name, append(raw, '\n'))
}

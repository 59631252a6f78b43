package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/volume/dicom"
)

// Inputs finds the images to predict: path is a folder with files named as in imagesTs
// (CASE_0000.ENDING per channel; for a single channel also CASE.ENDING), or one image file, or where there are no
// such files, DICOM series: see seriesInputs. What is predicted of those has the model's ending. The result
// is a dataset of the description d whose Test cases they are. Every case that lacks a channel is
// reported.
func Inputs(d Description, path string) (*Dataset, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("images to predict: %w", err))
	}
	r := &Dataset{Description: d, Dir: path, Name: nameOf(path)}
	r.Layout = Raw
	files := []string{filepath.Base(path)}
	if !info.IsDir() {
		r.Dir = filepath.Dir(path)
		if ending := Formats().Ending(path); ending != "" && ending != ".dcm" {
			r.FileEnding = path[len(path)-len(ending):]
		}
	} else if files, err = regularFiles(path, r.FileEnding); err != nil {
		return nil, fault.Input(fmt.Errorf("images to predict: %w", err))
	}
	if !info.IsDir() && Formats().Ending(path) == "" && !dicom.Is(path) {
		return nil, fault.Input(fmt.Errorf("%s is no image: its ending is none of %s", path, strings.Join(Formats().Endings(), ", ")))
	}
	if len(files) == 0 || !info.IsDir() && dicom.Is(path) {
		if files, err = r.seriesInputs(path); err != nil {
			return nil, fault.Input(fmt.Errorf("images to predict: %w", err))
		}
	}
	if len(files) == 0 {
		return nil, fault.Input(fmt.Errorf("%s holds no file that ends in %s, as the model's dataset.json demands, and no DICOM series", path, r.FileEnding))
	}
	if len(r.Channels) == 1 && !anyChannelSuffix(files, r.FileEnding) {
		r.Layout = Plain
	}
	return r, fault.Input(r.inputCases(files))
}

func anyChannelSuffix(files []string, ending string) bool {
	for _, f := range files {
		if channelSuffix.MatchString(strings.TrimSuffix(f, ending)) {
			return true
		}
	}
	return false
}

func (d *Dataset) inputCases(files []string) error {
	var problems []error
	for id, list := range d.group(files) {
		c := Case{ID: strings.TrimSuffix(id, ".dcm")}
		for _, f := range list {
			c.Images = append(c.Images, filepath.Join(d.Dir, f))
		}
		if len(c.Images) != len(d.Channels) && !(len(c.Images) == 1 && d.stacked(c.Images[0])) {
			problems = append(problems, fmt.Errorf("case %s in %s: %d image files for the %d channels %v of the model",
				id, d.Dir, len(c.Images), len(d.Channels), d.Channels))
		}
		d.Test = append(d.Test, c)
	}
	sort.Slice(d.Test, func(i, j int) bool { return d.Test[i].ID < d.Test[j].ID })
	sort.Slice(problems, func(i, j int) bool { return problems[i].Error() < problems[j].Error() })
	return errors.Join(problems...)
}

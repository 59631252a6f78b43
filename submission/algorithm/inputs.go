package algorithm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// cases returns the images below the input folder.
func (i Interface) cases(input string, formats volume.Formats) ([]dataset.Case, error) {
	places, err := readPlaces(filepath.Join(input, "inputs.json"))
	if err != nil {
		return nil, err
	}
	var cases []dataset.Case
	for channel, slug := range i.Inputs {
		folder, err := i.folder(input, slug, places)
		if err != nil {
			return nil, err
		}
		files, err := images(folder, formats)
		if err != nil {
			return nil, err
		}
		if channel == 0 {
			cases = make([]dataset.Case, len(files))
		}
		if len(files) != len(cases) {
			return nil, fmt.Errorf("%d images in %s, but %d in %s; every channel needs one of each case", len(files), folder, len(cases), i.Inputs[0])
		}
		for n, file := range files {
			if channel == 0 {
				cases[n].ID = strings.TrimSuffix(filepath.Base(file), ending(formats, file))
			}
			cases[n].Images = append(cases[n].Images, file)
		}
	}
	return cases, nil
}

// folder returns where the images of a slug lie: where inputs.json says, else in images/SLUG. The only
// channel of a model may also be the only folder there, or lie in the input folder itself.
func (i Interface) folder(input, slug string, places map[string]string) (string, error) {
	place := filepath.Join("images", slug)
	if p, ok := places[slug]; ok {
		place = p
	}
	if !filepath.IsLocal(place) {
		return "", fmt.Errorf("inputs.json: the images of %s lie in %q, which is outside of the input", slug, place)
	}
	folder := filepath.Join(input, place)
	if isFolder(folder) {
		return folder, nil
	}
	if len(i.Inputs) == 1 {
		all, err := filepath.Glob(filepath.Join(input, "images", "*"))
		if err == nil && len(all) == 1 && isFolder(all[0]) {
			return all[0], nil
		}
		if err == nil && len(all) == 0 {
			return input, nil
		}
	}
	return "", fmt.Errorf("there is no folder %s with the image for the input %s", folder, slug)
}

// readPlaces reads from inputs.json where the images of every slug lie. Without the file there is nothing
// to know.
func readPlaces(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	type socket struct {
		Slug         string `json:"slug"`
		RelativePath string `json:"relative_path"`
	}
	var list []struct {
		Socket    socket `json:"socket"`
		Interface socket `json:"interface"` // its name until 2025
	}
	if err := json.Unmarshal(content, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	places := map[string]string{}
	for _, entry := range list {
		for _, s := range []socket{entry.Interface, entry.Socket} {
			if s.Slug != "" && s.RelativePath != "" {
				places[s.Slug] = filepath.FromSlash(s.RelativePath)
			}
		}
	}
	return places, nil
}

// images lists the image files of a folder in the order of their names.
func images(folder string, formats volume.Formats) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if f := formats[formats.Ending(e.Name())]; f.ReadImage != nil && !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no image; known endings are %s", folder, strings.Join(formats.Endings(), ", "))
	}
	return files, nil
}

// ending returns the ending of a file as it is written there.
func ending(formats volume.Formats, file string) string {
	return file[len(file)-len(formats.Ending(file)):]
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

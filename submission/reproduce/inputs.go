package reproduce

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
)

// checkInputs compares every file of the dataset with the manifest and reports all that changed.
func checkInputs(d *dataset.Dataset, recorded map[string]string) error {
	present, err := datasetFiles(d)
	if err != nil {
		return fault.Input(err)
	}
	var findings []error
	for _, name := range slices.Sorted(maps.Keys(recorded)) {
		path, known := present[name]
		if !known {
			path = filepath.Join(d.Dir, filepath.FromSlash(name))
		}
		delete(present, name)
		sum, err := digest(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			findings = append(findings, fmt.Errorf("%s is missing in the dataset", name))
		case err != nil:
			return fault.Input(fmt.Errorf("%s: %w", name, err))
		case sum != recorded[name]:
			findings = append(findings, fmt.Errorf("%s is not the file that the run was made from: its SHA-256 is %s, the manifest says %s", name, short(sum), short(recorded[name])))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(present)) {
		findings = append(findings, fmt.Errorf("%s is new in the dataset", name))
	}
	return fault.Input(errors.Join(findings...))
}

// datasetFiles returns the files of the training cases by the names that a manifest gives them: relative
// to the dataset, or, of an explicit list that names files elsewhere, without any folder.
func datasetFiles(d *dataset.Dataset) (map[string]string, error) {
	files := map[string]string{}
	formats := dataset.Formats()
	for _, c := range slices.Concat(d.Cases, d.Test) {
		for _, path := range append(slices.Clone(c.Images), c.Labels) {
			if path == "" {
				continue
			}
			all, err := formats.Files(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue // named by the manifest or not, it is looked for there
			}
			if err != nil {
				return nil, err
			}
			for _, file := range all {
				files[nameIn(d.Dir, file)] = file
			}
		}
	}
	return files, nil
}

func nameIn(dir, path string) string {
	name, err := filepath.Rel(dir, path)
	if err != nil || strings.HasPrefix(name, "..") {
		name = filepath.Base(path)
	}
	return filepath.ToSlash(name)
}

// digest returns the SHA-256 of a file in hexadecimal digits.
func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func short(digest string) string { return digest[:min(12, len(digest))] + "…" }

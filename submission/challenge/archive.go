package challenge

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
)

// ManifestName is the file in the archive that says what is in it and where it comes from.
const ManifestName = "autoseg-manifest.json"

// Write checks everything and writes the archive. Every finding is reported, and with any of them nothing
// is written. Nothing is either when ctx ends, which is looked at before every case.
func Write(ctx context.Context, file string, c Config) (*Manifest, error) {
	values, err := c.Target.values(c.Labelling, c.Values)
	if err != nil {
		return nil, fault.Input(err)
	}
	if len(c.Images) == 0 {
		return nil, fault.Input(errors.New("there is no test image to hand in"))
	}
	m := &Manifest{Target: c.Target.Name, Program: c.Program, Dataset: c.Dataset, Model: c.Model, Values: values, Cases: []Packed{}}
	var findings error
	err = atomicfile.Write(file, func(w io.Writer) error {
		z := zip.NewWriter(w)
		if findings = c.cases(ctx, z, values, m); findings != nil {
			return findings
		}
		if err := c.trailer(z, m); err != nil {
			return err
		}
		return z.Close()
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if findings != nil {
		return nil, fault.Input(findings)
	}
	return m, err
}

// cases adds every case to the archive.
func (c *Config) cases(ctx context.Context, z *zip.Writer, values map[int]uint16, m *Manifest) error {
	var findings []error
	taken := map[string]string{}
	for i, image := range c.Images {
		if err := ctx.Err(); err != nil {
			return err
		}
		packed, files, err := c.pack(image, values)
		if err == nil && len(files) == 0 {
			continue
		}
		for _, f := range files {
			if other, ok := taken[f.name]; ok && err == nil {
				err = fmt.Errorf("it would be %s, as case %s is already; name one of them with --names", f.name, other)
			}
			taken[f.name] = image.ID
		}
		if err != nil {
			findings = append(findings, fmt.Errorf("case %s: %w", image.ID, err))
		}
		if len(findings) == 0 { // else nothing is written anyway
			if err := add(z, files); err != nil {
				return err
			}
			m.Cases = append(m.Cases, packed)
		}
		if c.Progress != nil {
			c.Progress(i+1, len(c.Images))
		}
	}
	return errors.Join(findings...)
}

// pack makes the files of a case.
func (c *Config) pack(image Image, values map[int]uint16) (Packed, []file, error) {
	p := Packed{Case: image.ID, Files: map[string]string{}, Voxels: map[uint16]int{}}
	name, err := c.nameOf(image.ID)
	if err != nil || name == "" {
		return p, nil, err
	}
	source, err := c.find(image.ID)
	if err != nil {
		return p, nil, err
	}
	if p.Prediction, err = sumOfFile(source); err != nil {
		return p, nil, err
	}
	labels, err := c.Formats.ReadLabels(source)
	if err != nil {
		return p, nil, err
	}
	if err := sameGrid(labels.Geometry, image.Geometry); err != nil {
		return p, nil, err
	}
	if err := recode(labels, values, p.Voxels); err != nil {
		return p, nil, err
	}
	files, err := c.Target.encode(name, labels)
	for _, f := range files {
		p.Files[f.name] = sum(f.content)
	}
	return p, files, err
}

// nameOf returns the name of a case in the archive. A name of the user's may not leave the archive.
func (c *Config) nameOf(id string) (string, error) {
	name, ok := c.Names[id]
	if !ok {
		return c.Target.name(id, c.Dataset)
	}
	if name == "" || !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name {
		return "", fmt.Errorf("--names: %q is no name for a file in an archive", name)
	}
	return name, nil
}

// find returns the prediction of a case.
func (c *Config) find(id string) (string, error) {
	entries, err := os.ReadDir(c.Predictions)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if ending := c.Formats.Ending(e.Name()); ending != "" && len(e.Name()) == len(id)+len(ending) && strings.HasPrefix(e.Name(), id) {
			return filepath.Join(c.Predictions, e.Name()), nil
		}
	}
	return "", errors.New("its prediction is missing; predict every test image")
}

// trailer adds the description and the manifest.
func (c *Config) trailer(z *zip.Writer, m *Manifest) error {
	if c.Description != "" {
		content, err := os.ReadFile(c.Description)
		if err != nil {
			return err
		}
		if err := add(z, []file{{filepath.Base(c.Description), content}}); err != nil {
			return err
		}
	}
	document, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return add(z, []file{{ManifestName, append(document, '\n')}})
}

// moment is the time of every file in an archive: the earliest that the format has.
var moment = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// add writes files.
func add(z *zip.Writer, files []file) error {
	for _, f := range files {
		method := zip.Deflate
		if strings.HasSuffix(f.name, ".gz") || strings.HasSuffix(f.name, ".zraw") || strings.HasSuffix(f.name, ".png") {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: method, Modified: moment})
		if err != nil {
			return err
		}
		if _, err := w.Write(f.content); err != nil {
			return err
		}
	}
	return nil
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:])
}

func sumOfFile(path string) (string, error) {
	content, err := os.ReadFile(path)
	return sum(content), err
}

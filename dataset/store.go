package dataset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"gopkg.in/yaml.v3"
)

// Store is a folder of preprocessed cases. A case is four files: CASE.data.npy (float32, channel, z,
// y, x), CASE.seg.npy (int8 or int16, 1, z, y, x), CASE.locations.npz (int32, n, 4 per class) and
// CASE.yaml. The last is written last, so a case that has it is complete.
type Store struct{ dir string }

// Record is a preprocessed case on its way into a store.
type Record struct {
	// ID is the case's identifier.
	ID string
	// Channels is the number of image channels.
	Channels int
	// Shape is the number of voxels per axis, slowest first.
	Shape [3]int
	// Data holds the image, (channel, z, y, x) in C order.
	Data []float32
	// Labels holds the segmentation, (z, y, x) in C order; -1 lies outside of the nonzero region.
	Labels []int16
	// Locations holds sampled voxels of every class.
	Locations []ClassLocations
	// Properties is anything yaml can write: what is needed to bring a prediction back.
	Properties any
	// Hash identifies the inputs and settings that the case was made from.
	Hash string
}

// caseFile is the layout of CASE.yaml.
type caseFile struct {
	Case       string    `yaml:"case"`
	Hash       string    `yaml:"hash"`
	Channels   int       `yaml:"channels"`
	Shape      [3]int    `yaml:"shape,flow"`
	Properties yaml.Node `yaml:"properties"`
}

const (
	dataEnding      = ".data.npy"
	labelsEnding    = ".seg.npy"
	locationsEnding = ".locations.npz"
	caseEnding      = ".yaml"
)

// OpenStore returns the store in a folder, which need not exist yet: the first Put creates it.
func OpenStore(dir string) (*Store, error) {
	info, err := os.Stat(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err == nil && !info.IsDir() {
		return nil, fmt.Errorf("open store %s: not a folder", dir)
	}
	return &Store{dir: dir}, nil
}

// Dir returns the store's folder.
func (s *Store) Dir() string { return s.dir }

// Cases returns the identifiers of all complete cases, sorted by code point.
func (s *Store) Cases() []string {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil
	}
	var ids []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), caseEnding); ok && !e.IsDir() && !strings.HasPrefix(id, ".") {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Put writes a case. An older case of the same name is incomplete from the first byte on, so a crash
// in between leaves no mixture that looks whole.
func (s *Store) Put(r *Record) error {
	if err := r.validate(); err != nil {
		return fmt.Errorf("store case %q: %w", r.ID, err)
	}
	if err := s.put(r); err != nil {
		return fmt.Errorf("store case %s: %w", r.ID, err)
	}
	return nil
}

func (s *Store) put(r *Record) error {
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return err
	}
	if err := s.Remove(r.ID); err != nil {
		return err
	}
	head := caseFile{Case: r.ID, Hash: r.Hash, Channels: r.Channels, Shape: r.Shape}
	if err := head.Properties.Encode(r.Properties); err != nil {
		return err
	}
	text, err := yaml.Marshal(head)
	if err != nil {
		return err
	}
	shape := func(channels int) []int { return []int{channels, r.Shape[0], r.Shape[1], r.Shape[2]} }
	for _, file := range []struct {
		ending string
		write  func(io.Writer) error
	}{
		{dataEnding, func(w io.Writer) error { return writeFloats(w, shape(r.Channels), r.Data) }},
		{labelsEnding, func(w io.Writer) error { return writeLabels(w, shape(1), r.Labels) }},
		{locationsEnding, func(w io.Writer) error { return writeLocations(w, r.Locations) }},
		{caseEnding, func(w io.Writer) error { _, err := w.Write(text); return err }},
	} {
		if err := atomicfile.Write(s.path(r.ID, file.ending), file.write); err != nil {
			return err
		}
	}
	return nil
}

// Remove makes a case incomplete, so that it is no longer listed. A missing case is no error.
func (s *Store) Remove(id string) error {
	if err := os.Remove(s.path(id, caseEnding)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Unchanged reports whether the store holds a complete case that was made from the same inputs.
func (s *Store) Unchanged(id, hash string) bool {
	head, err := s.head(id)
	if err != nil || head.Hash != hash {
		return false
	}
	stored, err := s.Open(id)
	if err != nil {
		return false
	}
	return stored.Close() == nil
}

func (s *Store) path(id, ending string) string { return filepath.Join(s.dir, id+ending) }

func (s *Store) head(id string) (caseFile, error) {
	var head caseFile
	path := s.path(id, caseEnding)
	text, err := os.ReadFile(path)
	if err != nil {
		return head, err
	}
	if err := yaml.Unmarshal(text, &head); err != nil {
		return head, fmt.Errorf("%s: %w", path, err)
	}
	return head, nil
}

func (r *Record) validate() error {
	if r.ID == "" || r.ID != filepath.Base(r.ID) || strings.HasPrefix(r.ID, ".") {
		return errors.New("the identifier is no file name")
	}
	if slices.Min(r.Shape[:]) < 1 {
		return fmt.Errorf("shape %v: want at least one voxel per axis", r.Shape)
	}
	voxels := r.Shape[0] * r.Shape[1] * r.Shape[2]
	if r.Channels < 1 || len(r.Data) != voxels*r.Channels {
		return fmt.Errorf("%d values for %d channels of shape %v", len(r.Data), r.Channels, r.Shape)
	}
	if len(r.Labels) != voxels {
		return fmt.Errorf("%d labels for shape %v", len(r.Labels), r.Shape)
	}
	return nil
}

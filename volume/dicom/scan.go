package dicom

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/internal/voxels"
)

// maxFile bounds the size of a file that is read.
const maxFile = 2 << 30

// Kind says what a finding is about.
type Kind string

// The kinds of findings.
const (
	Missing   Kind = "missing slices"
	Duplicate Kind = "duplicate slices"
	Uneven    Kind = "unevenly spaced slices"
	Tilt      Kind = "gantry tilt"
	// Ambiguous says that several slices lie at most positions and nothing tells which belong together.
	Ambiguous Kind = "ambiguous slices"
	// Partial says that one moment of a series lacks slices that other moments have.
	Partial    Kind = "positions without a slice"
	Unplaced   Kind = "slices without position"
	Unreadable Kind = "unreadable file"
)

// Prevents reports whether no grid can hold what was found: the volume is not to be used.
func (k Kind) Prevents() bool { return k == Missing || k == Uneven || k == Ambiguous }

// Finding is something about a series that a user should know.
type Finding struct {
	Kind Kind
	Text string
}

func (f Finding) String() string { return string(f.Kind) + ": " + f.Text }

// Scan reads a file, or every file of a folder and the folders below, and sorts their frames into volumes, by
// series and then by the order of their names. Files that are not DICOM are passed over, and so are links;
// DICOM files that cannot be read are findings.
func Scan(ctx context.Context, path string) ([]*Volume, []Finding, error) {
	files, err := list(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", path, voxels.Reason(err))
	}
	frames, problems, err := loadAll(ctx, files, load)
	if err != nil {
		return nil, nil, err
	}
	if len(files) == 1 && files[0] == path && problems[0] != nil {
		return nil, nil, fmt.Errorf("read %s: %w", path, problems[0])
	}
	volumes, findings := assemble(files, frames, problems)
	return volumes, findings, nil
}

// loadAll reads the frames of every file, in parallel.
func loadAll(ctx context.Context, files []string, load func(string) ([]slice, error)) ([][]slice, []error, error) {
	frames, problems := make([][]slice, len(files)), make([]error, len(files))
	err := parallel.Every(ctx, runtime.GOMAXPROCS(0), len(files), func(_, i int) error {
		frames[i], problems[i] = load(files[i])
		return nil
	})
	return frames, problems, err
}

// assemble sorts frames into volumes; files that are DICOM but cannot be read are findings.
func assemble(files []string, frames [][]slice, problems []error) ([]*Volume, []Finding) {
	var all []slice
	var findings []Finding
	for i, problem := range problems {
		var other notImage
		switch {
		case problem == nil:
			all = append(all, frames[i]...)
		case !errors.As(problem, &other) && !errors.Is(problem, errNotDICOM):
			findings = append(findings, Finding{Unreadable, fmt.Sprintf("%s: %v", files[i], problem)})
		}
	}
	return sortSeries(all), findings
}

// list returns the regular files at or below a path, sorted.
func list(path string) (files []string, err error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !about.IsDir() {
		return []string{path}, nil
	}
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, name)
		}
		return err
	})
	return files, err
}

func readObject(path string) (*object, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, voxels.Reason(err)
	}
	if about.Size() > maxFile {
		return nil, fmt.Errorf("%d bytes are more than the %d that a DICOM file may have", about.Size(), maxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, voxels.Reason(err)
	}
	return parse(data)
}

func load(path string) ([]slice, error) {
	o, err := readObject(path)
	if err != nil {
		return nil, err
	}
	return o.slices(path)
}

// sortSeries groups frames that can form one volume and makes volumes of them.
func sortSeries(all []slice) []*Volume {
	groups := map[string][]slice{}
	var keys []string
	for _, s := range all {
		k := s.key()
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], s)
	}
	sort.Strings(keys)
	var volumes []*Volume
	for _, k := range keys {
		volumes = append(volumes, stack(groups[k])...)
	}
	return volumes
}

// key is equal for frames that may belong to one volume. Directions are rounded to a twentieth of a degree.
func (s *slice) key() string {
	o := s.object
	k := fmt.Sprintf("%s %d %dx%dx%d %.4f", o.text(tag.SeriesInstanceUID), int(o.number(tag.SeriesNumber, 0)),
		s.format.rows, s.format.columns, s.format.samples, s.spacing)
	if !s.placed {
		return k + " " + s.path
	}
	round := func(v [3]float64) (r [3]int) {
		for i := range r {
			r[i] = int(v[i]*1000 + 1000.5)
		}
		return r
	}
	return fmt.Sprint(k, round(s.row), round(s.col))
}

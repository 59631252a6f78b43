package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/internal/fault"
)

// Dataset is a dataset folder: its description and the files of every case.
type Dataset struct {
	Description
	// Dir is the folder; Name is its last element, Dataset004_Hippocampus for example.
	Dir, Name string
	// Cases are the training cases, in nnU-Net's order: as listed in an explicit table, else sorted.
	Cases []Case
	// Test are the cases of imagesTs, which no training sees.
	Test []Case
	// Proposed says that there was no dataset.json and the description was inferred from the files.
	Proposed bool
}

// Case is one patient.
type Case struct {
	// ID is the name of the case.
	ID string
	// Images are the image files: one per channel, or a single one with all of them.
	Images []string
	// Labels is the segmentation file, or "" where there is none. Training cases always name one,
	// whether it exists or not.
	Labels string
}

// Open reads the description of a dataset and finds its cases. It does not look into images: Check
// tells what is missing, Verify everything else.
func Open(dir string) (*Dataset, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("open dataset: %w", err))
	}
	if !info.IsDir() {
		return nil, fault.Input(fmt.Errorf("open dataset: %s is a file, want a folder with imagesTr and labelsTr", dir))
	}
	d := &Dataset{Dir: dir, Name: nameOf(dir)}
	description, err := ReadJSON(filepath.Join(dir, "dataset.json"))
	if errors.Is(err, fs.ErrNotExist) {
		description, err = Propose(dir)
		d.Proposed = true
	}
	if err != nil {
		return nil, err
	}
	d.Description = *description
	if err := d.discover(); err != nil {
		return nil, fault.Input(fmt.Errorf("open dataset %s: %w", dir, err))
	}
	return d, nil
}

func nameOf(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	return filepath.Base(dir)
}

// IDs returns the names of the training cases.
func (d *Dataset) IDs() []string {
	ids := make([]string, len(d.Cases))
	for i, c := range d.Cases {
		ids[i] = c.ID
	}
	return ids
}

// Case returns the training case, or else the test case, of a name.
func (d *Dataset) Case(id string) (Case, error) {
	for _, list := range [][]Case{d.Cases, d.Test} {
		for _, c := range list {
			if c.ID == id {
				return c, nil
			}
		}
	}
	return Case{}, fault.Input(fmt.Errorf("dataset %s has no case %q", d.Name, id))
}

// Check reports at once, without reading voxels, everything that makes work impossible: no cases,
// missing files, gaps between labels. A wrong numTraining does not (nnU-Net does not count either
// unless it verifies), unless there are labels whose image is lost. The error is marked as bad input.
func (d *Dataset) Check() error {
	var problems []error
	for _, f := range d.structure() {
		if f.Severity == Severe && !f.tolerable {
			problems = append(problems, errors.New(f.String()))
		}
	}
	return fault.Input(errors.Join(problems...))
}

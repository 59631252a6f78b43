package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Severity grades a finding.
type Severity string

// Severe findings stop a run, warnings do not, notes are worth knowing.
const (
	Severe  Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Finding is one thing that is wrong, or odd, about a dataset.
type Finding struct {
	Case     string   `json:"case,omitempty"`
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"` // relative to the dataset folder
	What     string   `json:"what"`
	Repair   string   `json:"repair,omitempty"`

	tolerable bool // an error of the description that work can ignore
}

// String returns the finding as one sentence.
func (f Finding) String() string {
	s := f.What
	if f.File != "" {
		s = f.File + ": " + s
	}
	if f.Case != "" {
		s = "case " + f.Case + ": " + s
	}
	if f.Repair != "" {
		s += "; " + f.Repair
	}
	return s
}

// relative returns a path of the dataset as findings name it.
func (d *Dataset) relative(path string) string {
	if r, err := filepath.Rel(d.Dir, path); err == nil {
		return filepath.ToSlash(r)
	}
	return path
}

// structure finds what is wrong without reading any image (nnU-Net: verify_dataset_integrity).
func (d *Dataset) structure() []Finding {
	var all []Finding
	add := func(c Case, s Severity, file, repair, what string, args ...any) {
		all = append(all, Finding{Case: c.ID, Severity: s, File: file, What: fmt.Sprintf(what, args...), Repair: repair})
	}
	for _, w := range d.Warnings {
		add(Case{}, Warning, "dataset.json", "", "%s", w)
	}
	extra := d.extraFiles()
	if len(d.Cases) == 0 {
		add(Case{}, Severe, "imagesTr", "check file_ending and the file names", "no training cases with ending %s", d.FileEnding)
	} else if len(d.Cases) != d.NumTraining {
		add(Case{}, Severe, "dataset.json", fmt.Sprintf("set numTraining to %d or add the missing cases", len(d.Cases)),
			"numTraining is %d, but there are %d training cases (%s)%s", d.NumTraining, len(d.Cases), strings.Join(first(d.IDs(), 5), ", "), withoutImage(extra))
		// A wrong number alone is a slip; a number that counts labels without an image is a lost image.
		all[len(all)-1].tolerable = !slices.ContainsFunc(extra, trainingLabel)
	}
	all = append(all, d.labelSteps()...)
	for _, c := range d.Cases {
		all = append(all, d.missingFiles(c, true)...)
	}
	for _, c := range d.Test {
		all = append(all, d.missingFiles(c, false)...)
	}
	return append(all, extra...)
}

// withoutImage names the training labels among the findings of files that belong to no case.
func withoutImage(extra []Finding) string {
	var names []string
	for _, f := range extra {
		if trainingLabel(f) {
			names = append(names, f.File)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; no image belongs to " + strings.Join(first(names, 5), ", ")
}

// trainingLabel reports whether a finding is about a file among the training labels.
func trainingLabel(f Finding) bool {
	return strings.HasPrefix(f.File, "labelsTr/") || strings.HasPrefix(f.File, "labels/")
}

// first returns at most n names, and dots for the rest.
func first(names []string, n int) []string {
	if len(names) <= n {
		return names
	}
	return append(slices.Clone(names[:n]), "...")
}

// labelSteps reports gaps between label values.
func (d *Dataset) labelSteps() []Finding {
	values := d.Labelling.All()
	var all []Finding
	for i := 1; i < len(values); i++ {
		if values[i] != values[i-1]+1 {
			all = append(all, Finding{Severity: Severe, File: "dataset.json", What: fmt.Sprintf("label values jump from %d to %d", values[i-1], values[i]),
				Repair: "renumber them without gaps (verify --fix does)"})
		}
	}
	return all
}

func (d *Dataset) missingFiles(c Case, training bool) []Finding {
	var all []Finding
	for _, f := range c.Images {
		if !isFile(f) {
			all = append(all, Finding{Case: c.ID, Severity: Severe, File: d.relative(f), What: "image is missing", Repair: "add it or remove the case"})
		}
	}
	if n := len(c.Images); d.Layout == Raw && n != len(d.Channels) && !(n == 1 && d.stacked(c.Images[0])) {
		all = append(all, Finding{Case: c.ID, Severity: Severe, File: c.ID + "_????" + d.FileEnding,
			What: fmt.Sprintf("%d of %d channels are there", n, len(d.Channels)), Repair: "add the missing files or remove the case"})
	}
	if training && !isFile(c.Labels) {
		all = append(all, Finding{Case: c.ID, Severity: Severe, File: d.relative(c.Labels), What: "label file is missing", Repair: "add it or remove the case"})
	}
	return all
}

// stacked reports whether the file alone may hold several channels.
func (d *Dataset) stacked(path string) bool {
	formats, err := d.formats()
	if err != nil {
		return false
	}
	_, channels, err := formats.ReadGeometry(path)
	return err == nil && channels == len(d.Channels)
}

// extraFiles reports label files without images and images outside the naming scheme.
func (d *Dataset) extraFiles() []Finding {
	if d.Layout == Table {
		return nil
	}
	used := map[string]bool{}
	for _, list := range [][]Case{d.Cases, d.Test} {
		for _, c := range list {
			used[c.Labels] = true
			for _, f := range c.Images {
				used[f] = true
			}
		}
	}
	var all []Finding
	for _, name := range []string{"imagesTr", "labelsTr", "imagesTs", "labelsTs"} {
		dir := d.folder(name)
		if dir == "" {
			continue
		}
		files, err := regularFiles(dir, d.FileEnding)
		if err != nil {
			continue
		}
		for _, f := range files {
			if path := filepath.Join(dir, f); !used[path] {
				all = append(all, Finding{Severity: Warning, File: d.relative(path), What: "file belongs to no case", Repair: "rename or remove it"})
			}
		}
	}
	return all
}

package importer

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/dataset"
)

// Format describes how one public dataset is published and what becomes of it.
type Format struct {
	// Name is what a user calls the format; Aliases are other names for it.
	Name    string   `yaml:"name" json:"name"`
	Aliases []string `yaml:"aliases" json:"aliases,omitempty"`
	// Title, Task, Modality, Cases, Link, Licence and Reference inform a user.
	Title     string `yaml:"title" json:"title"`
	Task      string `yaml:"task" json:"task"`
	Modality  string `yaml:"modality" json:"modality"`
	Cases     string `yaml:"cases" json:"cases"`
	Link      string `yaml:"link" json:"link"`
	Licence   string `yaml:"licence" json:"licence"`
	Reference string `yaml:"reference" json:"reference"`
	// Page is the page in docs/datasets, without its ending.
	Page string `yaml:"page" json:"-"`

	// Channels are the channel names of the dataset; Units is HU where voxels are Hounsfield units.
	Channels []string `yaml:"channels" json:"channels"`
	Units    string   `yaml:"units" json:"units,omitempty"`
	// Ending is the file ending that is written, .nii.gz or .png.
	Ending string `yaml:"ending" json:"-"`
	// Labels are the labels and regions of the dataset; Order is the regions_class_order.
	Labels []Label `yaml:"labels" json:"labels"`
	Order  []int   `yaml:"order" json:"regions_class_order,omitempty"`
	// Code names the finder of cases where patterns do not suffice; see finders.
	Code string `yaml:"code" json:"-"`
	// Header says whose array order counts where image and label headers disagree; "image" trusts the arrays.
	Header string `yaml:"header" json:"-"`
	// Slices makes a case of every slice of a stack.
	Slices bool `yaml:"slices" json:"-"`
	// Sets are where to look for cases. A file that one set takes is not seen by the next.
	Sets []Set `yaml:"sets" json:"-"`
}

// Label is an entry of the labels of a dataset: one value, or the values of a region.
type Label struct {
	Name   string `yaml:"name" json:"name"`
	Values []int  `yaml:"values,flow" json:"values"`
}

// Set describes the cases of one part of a dataset.
type Set struct {
	// Part is training or test.
	Part string `yaml:"part"`
	// Case is the name of a case, made of the placeholders that all of its patterns have: files of one name
	// belong together.
	Case string `yaml:"case"`
	// Name is what the case is called in the dataset, where that needs placeholders of single patterns; Case
	// otherwise.
	Name string `yaml:"name"`
	// Images are the patterns of the image files, per channel; a single one may hold all channels.
	Images []Patterns `yaml:"images"`
	// Labels are applied in order, later ones on top.
	Labels []Rule `yaml:"labels"`
	// Unlabelled says what a training case without labels is: missing (an error, the default), test, or skip.
	Unlabelled string `yaml:"unlabelled"`
	// Series says that the files which a pattern of images matches are the slices of one DICOM series.
	Series bool `yaml:"series"`
}

// Rule says which file holds labels and what its values mean.
type Rule struct {
	// Files are the patterns of the file, or of the folder, of which all matches are used.
	Files Patterns `yaml:"files"`
	// Values translates values of the file, "63" or "55-70", into those of the dataset. Without it and without
	// Value they are kept.
	Values map[string]int `yaml:"values"`
	// Value is what every voxel that is not zero becomes.
	Value int `yaml:"value"`
	// Other is what values that Values does not name become: an error (the default), or "background".
	Other string `yaml:"other"`
	// Optional rules may match nothing.
	Optional bool `yaml:"optional"`
	// Stack says what a folder holds: DICOM files ("dicom", the default) or pictures, one per slice in the order
	// of the names of the image's files ("pictures").
	Stack string `yaml:"stack"`
}

// Validate reports the first field that makes no sense.
func (f *Format) Validate() error {
	for field, value := range map[string]string{"name": f.Name, "title": f.Title, "task": f.Task, "modality": f.Modality,
		"cases": f.Cases, "link": f.Link, "licence": f.Licence, "page": f.Page} {
		if value == "" {
			return fmt.Errorf("format %s: %s is missing", f.Name, field)
		}
	}
	if !slices.Contains([]string{".nii.gz", ".png"}, f.Ending) {
		return fmt.Errorf("format %s: ending %q, want .nii.gz or .png", f.Name, f.Ending)
	}
	if f.Code != "" && finders()[f.Code] == nil {
		return fmt.Errorf("format %s: there is no code %q", f.Name, f.Code)
	}
	if f.Code != "msd" {
		if _, err := f.labelling(); err != nil {
			return fmt.Errorf("format %s: %w", f.Name, err)
		}
		if len(f.Channels) == 0 || len(f.Sets) == 0 {
			return fmt.Errorf("format %s: channels and sets must not be empty", f.Name)
		}
	}
	for i := range f.Sets {
		if err := f.Sets[i].validate(len(f.Channels)); err != nil {
			return fmt.Errorf("format %s: set %d: %w", f.Name, i, err)
		}
	}
	return nil
}

func (s *Set) validate(channels int) error {
	if !slices.Contains([]string{"training", "test"}, s.Part) {
		return fmt.Errorf("part %q, want training or test", s.Part)
	}
	if len(s.Images) != channels && len(s.Images) != 1 {
		return fmt.Errorf("%d image patterns for %d channels", len(s.Images), channels)
	}
	if !slices.Contains([]string{"", "missing", "test", "skip"}, s.Unlabelled) {
		return fmt.Errorf("unlabelled %q, want missing, test or skip", s.Unlabelled)
	}
	for _, r := range s.Labels {
		if len(r.Files) == 0 {
			return errors.New("a label rule has no files")
		}
		if _, err := r.translation(); err != nil {
			return err
		}
	}
	return nil
}

// labelling returns what the labels of the dataset mean.
func (f *Format) labelling() (dataset.Labelling, error) {
	var entries []dataset.Region
	for _, l := range f.Labels {
		entries = append(entries, dataset.Region{Name: l.Name, Labels: l.Values, List: len(l.Values) > 1})
	}
	return dataset.NewLabelling(entries, f.Order)
}

// fileName returns a name of a case that is safe as the name of a file.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-", r):
			return r
		}
		return '_'
	}, path.Clean(s))
	return strings.Trim(s, ".")
}

package dataset

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/jsonx"
	"github.com/autoseg/autoseg/volume"
)

// Propose infers the description of a folder that has images and labels but no dataset.json: the file
// ending most images have, the channels by their numbers or by the fourth axis, the labels by the
// values that occur, CT by Hounsfield units. WriteJSON stores the result for a person to correct.
func Propose(dir string) (*Description, error) {
	p := proposal{d: &Dataset{Dir: dir}}
	for _, step := range []func() error{p.ending, p.layout, p.labels, p.channels} {
		if err := step(); err != nil {
			return nil, fault.Input(fmt.Errorf("%s has no dataset.json and none can be proposed: %w", dir, err))
		}
	}
	d := p.d.Description
	d.document = p.document()
	return &d, nil
}

type proposal struct {
	d     *Dataset
	files []string
}

// ending picks the ending that most image files have.
func (p *proposal) ending() error {
	images, labels := p.d.folder("imagesTr"), p.d.folder("labelsTr")
	if images == "" || labels == "" {
		return fmt.Errorf("want a folder imagesTr (or images) and a folder labelsTr (or labels)")
	}
	entries, err := os.ReadDir(images)
	if err != nil {
		return err
	}
	counts, formats := map[string]int{}, Formats()
	for _, e := range entries {
		if e.Name()[0] != '.' {
			if ending := formats.Ending(e.Name()); ending != "" {
				counts[e.Name()[len(e.Name())-len(ending):]]++
			}
		}
	}
	for ending, n := range counts {
		if best := counts[p.d.FileEnding]; n > best || (n == best && ending < p.d.FileEnding) {
			p.d.FileEnding = ending
		}
	}
	if p.d.FileEnding == "" {
		return fmt.Errorf("no file in %s has an ending that autoseg reads", images)
	}
	p.d.Reader = readerFor(p.d.FileEnding)
	p.files, err = regularFiles(images, p.d.FileEnding)
	return err
}

// layout decides whether files carry channel numbers, and finds the cases.
func (p *proposal) layout() error {
	p.d.Layout = Raw
	for _, f := range p.files {
		if !channelSuffix.MatchString(strings.TrimSuffix(f, p.d.FileEnding)) {
			p.d.Layout = Plain
		}
	}
	if err := p.d.discover(); err != nil {
		return err
	}
	p.d.NumTraining = len(p.d.Cases)
	if p.d.NumTraining == 0 {
		return fmt.Errorf("there are no training images")
	}
	return nil
}

// labels collects the values of all segmentations.
func (p *proposal) labels() error {
	formats := Formats()
	seen := map[int]bool{0: true}
	for _, c := range p.d.Cases {
		l, err := formats.ReadLabels(c.Labels)
		if err != nil {
			return caseError(c, missing(err, "label file"))
		}
		for _, v := range distinctValues(l) {
			seen[v] = true
		}
	}
	var values []int
	for v := range seen {
		values = append(values, v)
	}
	sort.Ints(values)
	entries := []Region{{Name: "background", Labels: []int{0}}}
	for _, v := range values[1:] {
		entries = append(entries, Region{Name: "label_" + strconv.Itoa(v), Labels: []int{v}})
	}
	var err error
	p.d.Labelling, err = NewLabelling(entries, nil)
	return err
}

func distinctValues(l *volume.Labels) []int {
	var present [1 << 16]bool
	for _, v := range l.Data {
		present[v] = true
	}
	var values []int
	for v, is := range present {
		if is {
			values = append(values, v)
		}
	}
	return values
}

// channels counts the channels of the first case and looks at their values.
func (p *proposal) channels() error {
	c := p.d.Cases[0]
	formats := Formats()
	for _, path := range c.Images {
		image, err := formats.Read(path)
		if err != nil {
			return caseError(c, err)
		}
		for i := range image.Channels {
			name := "MRI"
			if looksLikeCT(image.Data[i*image.Voxels() : (i+1)*image.Voxels()]) {
				name = "CT"
			}
			p.d.Channels = append(p.d.Channels, name)
		}
	}
	return nil
}

// looksLikeCT reports whether values are Hounsfield units: whole numbers of which air, at least a
// hundredth of all voxels, lies below -500.
func looksLikeCT(data []float32) bool {
	low := 0
	for _, v := range data {
		if v != float32(math.Trunc(float64(v))) {
			return false
		}
		if v < -500 {
			low++
		}
	}
	return low*100 > len(data)
}

// document returns the proposed file. Plain file names need the explicit table to be found again.
func (p *proposal) document() *jsonx.Object {
	o := &jsonx.Object{}
	o.Set("channel_names", nil)
	o.Set("labels", nil)
	o.Set("numTraining", nil)
	o.Set("file_ending", nil)
	if p.d.Layout != Plain {
		return o
	}
	table := &jsonx.Object{}
	for _, c := range p.d.Cases {
		images := []any{}
		for _, f := range c.Images {
			images = append(images, p.d.relative(f))
		}
		table.Set(c.ID, &jsonx.Object{Members: []jsonx.Member{{Key: "images", Value: images}, {Key: "label", Value: p.d.relative(c.Labels)}}})
	}
	o.Set("dataset", table)
	return o
}

// Find returns the folder of a dataset by its name or number (4 finds Dataset004_Hippocampus) among
// the folders of nnU-Net's raw data.
func Find(root, name string) (string, error) {
	if number, err := strconv.Atoi(name); err == nil {
		matches, err := filepath.Glob(filepath.Join(root, fmt.Sprintf("Dataset%03d_*", number)))
		if err != nil || len(matches) != 1 {
			return "", fault.Input(fmt.Errorf("dataset %d: %d folders Dataset%03d_* in %s, want one", number, len(matches), number, root))
		}
		return matches[0], nil
	}
	if slices.Contains([]string{"", ".", ".."}, name) || strings.ContainsAny(name, `/\`) {
		return "", fault.Input(fmt.Errorf("%q is no name of a dataset", name))
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		return "", fault.Input(fmt.Errorf("dataset %s: %w", name, err))
	}
	return dir, nil
}

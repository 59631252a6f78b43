package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/jsonx"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// Repair is one thing that Fix changed, or a case that it left out.
type Repair struct {
	Case string `json:"case,omitempty"`
	File string `json:"file,omitempty"`
	What string `json:"what"`
}

// Fix writes a repaired copy of a dataset into a new folder, in nnU-Net's raw layout, and lists every
// change there in repairs.json. It repairs what is safe: a header that differs from the image's while
// the shape agrees, label values that are nearly whole, gaps between labels (renumbered), 255 for
// voxels without annotation, a wrong number of cases; it splits 4D images into channels. Cases that
// cannot be read or lack a file are left out. All other files are copied as they are.
func Fix(ctx context.Context, d *Dataset, dir string, o VerifyOptions) ([]Repair, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fault.Input(fmt.Errorf("fix: %s is not empty; name a new folder", dir))
	}
	f, err := newFixer(ctx, d, dir, max(1, o.Workers))
	if err != nil {
		return nil, err
	}
	all := slices.Concat(d.Cases, d.Test)
	kept := make([]bool, len(all))
	changes := make([][]Repair, len(all))
	err = parallel.Each(ctx, max(1, o.Workers), len(all), func(_, i int) (err error) {
		changes[i], kept[i], err = f.fixCase(all[i], i < len(d.Cases))
		return err
	})
	if err != nil {
		return nil, err
	}
	repairs := slices.Concat(append([][]Repair{f.relabelled}, changes...)...)
	training := 0
	for i := range d.Cases {
		if kept[i] {
			training++
		}
	}
	if training != d.NumTraining {
		repairs = append(repairs, Repair{File: "dataset.json", What: fmt.Sprintf("numTraining %d became %d", d.NumTraining, training)})
	}
	return repairs, f.finish(training, repairs)
}

type fixer struct {
	d          *Dataset
	dir        string
	formats    volume.Formats
	labelling  Labelling
	remap      map[int]int // label values that change
	relabelled []Repair
}

func newFixer(ctx context.Context, d *Dataset, dir string, workers int) (*fixer, error) {
	formats, err := d.formats()
	if err != nil {
		return nil, fault.Input(err)
	}
	f := &fixer{d: d, dir: dir, formats: formats, remap: map[int]int{}}
	for _, sub := range []string{"imagesTr", "labelsTr"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o777); err != nil {
			return nil, fault.Input(fmt.Errorf("fix: %w", err))
		}
	}
	return f, f.renumber(ctx, workers)
}

// fixCase writes one case, or leaves it out and says why. Errors of reading are no errors here; errors
// of writing are.
func (f *fixer) fixCase(c Case, training bool) (repairs []Repair, kept bool, err error) {
	images, labels, problem := f.read(c, training)
	if problem != nil {
		return []Repair{{Case: c.ID, What: "left out: " + problem.Error()}}, false, nil
	}
	set := "Ts"
	if training {
		set = "Tr"
	}
	repairs, err = f.writeImages(c, images, "images"+set)
	if err != nil || c.Labels == "" {
		return repairs, err == nil, err
	}
	more, err := f.writeLabels(c, labels, images[0].Geometry, "labels"+set)
	return append(repairs, more...), err == nil, err
}

// read reads a case file by file and refuses what Fix cannot repair.
func (f *fixer) read(c Case, training bool) (images []*volume.Image, labels *fixedLabels, err error) {
	if training && !isFile(c.Labels) {
		return nil, nil, errors.New("the label file is missing")
	}
	channels := 0
	for _, path := range c.Images {
		image, err := f.formats.Read(path)
		if err != nil {
			return nil, nil, err
		}
		if at := firstNotFinite(image.Data); at >= 0 {
			return nil, nil, fmt.Errorf("%s has voxels that are NaN or infinite", f.d.relative(path))
		}
		channels += image.Channels
		if images = append(images, image); !images[0].SameGrid(image.Geometry) {
			return nil, nil, fmt.Errorf("%s has %s, the first channel %s", f.d.relative(path), grid(image.Geometry), grid(images[0].Geometry))
		}
	}
	if channels != len(f.d.Channels) {
		return nil, nil, fmt.Errorf("%d of %d channels", channels, len(f.d.Channels))
	}
	if c.Labels == "" {
		return images, nil, nil
	}
	if labels, err = f.readLabels(c.Labels); err == nil && labels.Shape != images[0].Shape {
		err = fmt.Errorf("labels have shape %v, the image %v", labels.Shape, images[0].Shape)
	}
	return images, labels, err
}

// fixedLabels are labels with the number of voxels that had to be rounded.
type fixedLabels struct {
	*volume.Labels
	rounded int
}

// readLabels reads labels as numbers and rounds those within a hundredth of a whole one, which is
// what resampling in other programs leaves behind.
func (f *fixer) readLabels(path string) (*fixedLabels, error) {
	image, err := f.formats.Read(path)
	if err != nil {
		return nil, err
	}
	if image.Channels != 1 {
		return nil, fmt.Errorf("%s has %d values per voxel", f.d.relative(path), image.Channels)
	}
	labels := &fixedLabels{Labels: volume.NewLabels(image.Geometry)}
	declared := f.labelling.values()
	for i, v := range image.Data {
		whole := math.Round(float64(v))
		if !(math.Abs(float64(v)-whole) <= 0.01) || whole < 0 || whole > math.MaxUint16 {
			return nil, fmt.Errorf("%s has label value %v", f.d.relative(path), v)
		}
		if float64(v) != whole {
			labels.rounded++
		}
		value := f.value(int(whole))
		if value >= len(declared) || !declared[value] {
			return nil, fmt.Errorf("%s has label %d, which is not declared", f.d.relative(path), int(whole))
		}
		labels.Data[i] = uint16(value)
	}
	return labels, nil
}

func (f *fixer) target(dir, name string) string {
	return filepath.Join(f.dir, dir, name+f.d.FileEnding)
}

func (f *fixer) writeImages(c Case, images []*volume.Image, dir string) (repairs []Repair, err error) {
	if err := os.MkdirAll(filepath.Join(f.dir, dir), 0o777); err != nil {
		return nil, err
	}
	first, channel := images[0].Geometry, 0
	for i, image := range images {
		mm := displacement(image.Geometry, first)
		for k := range image.Channels {
			target := f.target(dir, fmt.Sprintf("%s_%04d", c.ID, channel))
			channel++
			if image.Channels == 1 && mm <= headerTolerance(first) && f.alone(c.Images[i]) {
				if err := copyFile(target, c.Images[i]); err != nil {
					return nil, err
				}
				continue
			}
			n := image.Voxels()
			part := &volume.Image{Geometry: first, Channels: 1, Data: image.Data[k*n : (k+1)*n]}
			if err := f.formats.Write(target, part); err != nil {
				return nil, err
			}
		}
		switch file := f.d.relative(c.Images[i]); {
		case mm > headerTolerance(first):
			repairs = append(repairs, Repair{c.ID, file, fmt.Sprintf("took origin and direction of the first channel (moved by up to %.3g mm)", mm)})
		case image.Channels > 1:
			repairs = append(repairs, Repair{c.ID, file, fmt.Sprintf("split into %d channels", image.Channels)})
		}
	}
	return repairs, nil
}

// headerTolerance is the distance in mm up to which two headers count as the same.
func headerTolerance(g volume.Geometry) float64 {
	return max(1e-3, min(g.Spacing[0], g.Spacing[1], g.Spacing[2])/100)
}

func (f *fixer) writeLabels(c Case, labels *fixedLabels, image volume.Geometry, dir string) (repairs []Repair, err error) {
	if err := os.MkdirAll(filepath.Join(f.dir, dir), 0o777); err != nil {
		return nil, err
	}
	target, file := f.target(dir, c.ID), f.d.relative(c.Labels)
	note := func(format string, args ...any) {
		repairs = append(repairs, Repair{c.ID, file, fmt.Sprintf(format, args...)})
	}
	mm := displacement(labels.Geometry, image)
	if !image.SameGrid(labels.Geometry) || mm > headerTolerance(image) {
		note("took the header of the image (spacing %v became %v, moved by up to %.3g mm)", labels.Spacing, image.Spacing, mm)
	}
	if labels.rounded > 0 {
		note("rounded %d label values", labels.rounded)
	}
	if repairs == nil && len(f.remap) == 0 && f.alone(c.Labels) {
		return nil, copyFile(target, c.Labels)
	}
	return repairs, f.formats.WriteLabels(target, &volume.Labels{Geometry: image, Data: labels.Data})
}

// alone reports whether an image is one file, which may be copied; a header with files beside it is written
// anew.
func (f *fixer) alone(path string) bool {
	files, err := f.formats.Files(path)
	return err == nil && len(files) == 1
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return atomicfile.Write(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// finish writes dataset.json and the list of repairs.
func (f *fixer) finish(training int, repairs []Repair) error {
	d := f.d.Description
	d.Labelling, d.NumTraining, d.Layout = f.labelling, training, Raw
	if f.d.document != nil {
		d.document = &jsonx.Object{Members: slices.Clone(f.d.document.Members)}
		d.document.Delete("dataset")
	}
	if err := WriteJSON(filepath.Join(f.dir, "dataset.json"), &d); err != nil {
		return err
	}
	list := make([]any, len(repairs))
	for i, r := range repairs {
		list[i] = map[string]string{"case": r.Case, "file": r.File, "what": r.What}
	}
	data, err := jsonx.Marshal(list, jsonx.Layout{Indent: 2})
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(f.dir, "repairs.json"), append(data, '\n'))
}

package importer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/dicom"
)

// translation returns what every value of a file becomes, or nil where values are kept.
func (r *Rule) translation() (map[uint16]int, error) {
	if r.Values == nil {
		return nil, nil
	}
	t := map[uint16]int{}
	for key, to := range r.Values {
		low, high, isRange := strings.Cut(key, "-")
		if !isRange {
			high = low
		}
		a, errA := strconv.ParseUint(low, 10, 16)
		b, errB := strconv.ParseUint(high, 10, 16)
		if errA != nil || errB != nil || b < a || to < 0 {
			return nil, fmt.Errorf("values %q: want a label value or a range such as 55-70", key)
		}
		for v := a; v <= b; v++ {
			t[uint16(v)] = to
		}
	}
	return t, nil
}

// apply writes what a rule makes of one file onto the labels of the case.
func (r *Rule) apply(dst, file *volume.Labels) error {
	t, err := r.translation()
	if err != nil {
		return err
	}
	for i, v := range file.Data {
		to := int(v)
		switch {
		case r.Value != 0 && v != 0:
			to = r.Value
		case t != nil:
			var named bool
			if to, named = t[v]; !named && r.Other != "background" {
				return fmt.Errorf("label value %d is none of those that are published", v)
			}
		}
		if to > 0 {
			dst.Data[i] = uint16(to)
		}
	}
	return nil
}

// merge reads the label files of a case and puts them on the grid of its image.
func (s *Source) merge(ctx context.Context, l *loaded, f *Format, set *Set, g *group, order []string) error {
	l.labels = volume.NewLabels(l.image.Geometry)
	for i := range set.Labels {
		r := &set.Labels[i]
		for _, file := range g.labels[i] {
			read, err := s.readLabels(file)
			if err == nil {
				err = l.add(r, f, read, file)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		var folders []string
		for folder := range g.stacks[i] {
			folders = append(folders, folder)
		}
		slices.Sort(folders)
		for _, folder := range folders {
			if err := s.mergeFolder(ctx, l, f, r, mask{folder, g.stacks[i][folder], order}); err != nil {
				return fmt.Errorf("%s: %w", folder, err)
			}
		}
	}
	return l.declared(f)
}

// mask is a folder of slices: its files, and those of the image's slices.
type mask struct {
	folder      string
	files       []string
	imageSlices []string
}

func (s *Source) mergeFolder(ctx context.Context, l *loaded, f *Format, r *Rule, m mask) error {
	var read *volume.Labels
	var err error
	if r.Stack == "pictures" {
		read, err = s.stackPictures(l, m)
	} else {
		read, err = s.readSeries(ctx, l, m)
	}
	if err != nil {
		return err
	}
	return l.add(r, f, read, m.folder)
}

// readSeries reads the DICOM files of a mask. A mask may lack slices at either end, where nothing is labelled.
func (s *Source) readSeries(ctx context.Context, l *loaded, m mask) (*volume.Labels, error) {
	volumes, findings, err := dicom.ScanFS(ctx, s, m.files)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		return nil, errors.New(f.String())
	}
	if len(volumes) != 1 {
		return nil, fmt.Errorf("holds %d DICOM volumes, want one", len(volumes))
	}
	if err := s.usable(l, m.folder, volumes[0]); err != nil {
		return nil, err
	}
	im, err := volumes[0].Image(ctx)
	if err != nil {
		return nil, err
	}
	return wholeNumbers(im, m.folder)
}

// stackPictures reads one picture per slice. Pictures and the files of the image's slices belong together in the
// order of their names.
func (s *Source) stackPictures(l *loaded, m mask) (*volume.Labels, error) {
	if len(m.imageSlices) != l.image.Shape[0] || len(m.files) != l.image.Shape[0] {
		return nil, fmt.Errorf("%d pictures for %d slices (%d files)", len(m.files), l.image.Shape[0], len(m.imageSlices))
	}
	pictures := slices.Clone(m.files)
	sort.Slice(pictures, func(i, j int) bool { return natural(pictures[i], pictures[j]) })
	bySlice := make([]int, len(m.imageSlices)) // in the order of names, the slice
	for i := range bySlice {
		bySlice[i] = i
	}
	sort.Slice(bySlice, func(i, j int) bool { return natural(m.imageSlices[bySlice[i]], m.imageSlices[bySlice[j]]) })
	labels := volume.NewLabels(l.image.Geometry)
	size := labels.Shape[1] * labels.Shape[2]
	for i, name := range pictures {
		picture, err := s.readLabels(name)
		if err != nil {
			return nil, err
		}
		if picture.Shape != [3]int{1, labels.Shape[1], labels.Shape[2]} {
			return nil, fmt.Errorf("%s has %v pixels, a slice has %v", path.Base(name), picture.Shape[1:], labels.Shape[1:])
		}
		copy(labels.Data[bySlice[i]*size:], picture.Data)
	}
	return labels, nil
}

// natural compares names as people do: numbers by value, so that 9 comes before 10.
func natural(a, b string) bool {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da > 0 && db > 0 {
			x, y := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
			if x != y {
				return len(x) < len(y) || len(x) == len(y) && x < y
			}
			a, b = a[da:], b[db:]
			continue
		}
		if a[0] != b[0] {
			return a[0] < b[0]
		}
		a, b = a[1:], b[1:]
	}
	return a == "" && b != ""
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// add puts one label file onto those of the case.
func (l *loaded) add(r *Rule, f *Format, read *volume.Labels, file string) error {
	if read.Shape != l.image.Shape {
		read = l.extend(read)
	}
	fitted, what, err := fit(read, l.image.Geometry, f.Header)
	if err != nil {
		return err
	}
	for _, w := range what {
		l.note(file, "%s", w)
	}
	return r.apply(l.labels, fitted)
}

// extend returns labels of the image's grid if they have that grid but for slices missing at either end, as masks
// of organs may; else it returns them as they are.
func (l *loaded) extend(read *volume.Labels) *volume.Labels {
	g := l.image.Geometry
	if read.Shape[1] != g.Shape[1] || read.Shape[2] != g.Shape[2] || read.Shape[0] > g.Shape[0] || headerless(read.Geometry) {
		return read
	}
	start := 0.0
	for row := range 3 {
		start += g.Direction[3*row+2] * (read.Origin[row] - g.Origin[row]) / g.Spacing[0]
	}
	first := int(math.Round(start))
	whole := volume.NewLabels(g)
	moved := g
	moved.Shape[0] = read.Shape[0]
	if first < 0 || first+read.Shape[0] > g.Shape[0] {
		return read
	}
	moved.Origin = corner(g, [3]int{first, 0, 0})
	if displacement(moved, read.Geometry) > 0.1*g.Spacing[0] {
		return read
	}
	copy(whole.Data[first*g.Shape[1]*g.Shape[2]:], read.Data)
	return whole
}

// declared checks that every value of the labels is one of the dataset.
func (l *loaded) declared(f *Format) error {
	known := map[uint16]bool{0: true}
	for _, label := range f.Labels {
		for _, v := range label.Values {
			known[uint16(v)] = true
		}
	}
	for _, v := range l.labels.Data {
		if !known[v] {
			return fmt.Errorf("label value %d is none of those that are published", v)
		}
	}
	return nil
}

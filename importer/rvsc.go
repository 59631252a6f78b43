package importer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/volume"
)

// maxContour bounds the bytes of a file of contour points.
const maxContour = 16 << 20

// The files of the Right Ventricle Segmentation Challenge. Some published folders are numbered by patient only
// in the folder names, some in the file names, too.
var (
	rvscImage   = mustCompile("P{patient:[0-9]+}-{image:[0-9]+}.dcm")
	rvscContour = mustCompile("P{patient:[0-9]+}-{image:[0-9]+}-{kind:[io]}contour-(manual|auto).txt")
)

// mustCompile compiles a pattern of the program itself.
func mustCompile(text string) *Pattern {
	p, err := compile(text)
	if err != nil {
		panic("importer: " + err.Error())
	}
	return p
}

// rvscSlice is one picture with its outlines.
type rvscSlice struct {
	image        string
	inner, outer string // contour files, or ""
}

// findRVSC finds the pictures that have contours: each is a two-dimensional case. Pictures of patients without
// any contour are test cases; the other pictures of a cine are left out.
func findRVSC(s *Source, o Options) (*plan, error) {
	labelling, err := o.Format.labelling()
	if err != nil {
		return nil, err
	}
	pictures, contoured := rvscSlices(s)
	p := &plan{channels: o.Format.Channels, labelling: labelling}
	var problems []error
	skipped := 0
	for id, r := range pictures {
		patient, _, _ := strings.Cut(id, "-")
		switch {
		case r.image == "":
			problems = append(problems, fmt.Errorf("case %s: image is missing: want %s.dcm", id, id))
		case r.inner == "" && r.outer == "" && contoured[patient]:
			skipped++
		case r.inner == "" && r.outer == "":
			p.cases = append(p.cases, rvscJob(s, id, r, o.Format))
		case r.inner == "" || r.outer == "":
			problems = append(problems, fmt.Errorf("case %s: one of the contours %s-icontour-manual.txt and %s-ocontour-manual.txt is missing", id, id, id))
		default:
			p.cases = append(p.cases, rvscJob(s, id, r, o.Format))
		}
	}
	if skipped > 0 {
		p.notes = append(p.notes, Change{What: fmt.Sprintf("left out %d pictures of patients with contours that have none themselves", skipped)})
	}
	return p, errors.Join(problems...)
}

// rvscSlices collects pictures and contours by case, and which patients have contours.
func rvscSlices(s *Source) (map[string]*rvscSlice, map[string]bool) {
	all, contoured := map[string]*rvscSlice{}, map[string]bool{}
	get := func(v values) *rvscSlice {
		id := v.fill("P{patient}-{image}")
		if all[id] == nil {
			all[id] = &rvscSlice{}
		}
		return all[id]
	}
	for _, name := range s.files {
		if v, ok := rvscImage.match(name); ok {
			get(v).image = name
		}
		if v, ok := rvscContour.match(name); ok {
			contoured["P"+v["patient"]] = true
			if r := get(v); v["kind"] == "i" || v["kind"] == "I" {
				r.inner = name
			} else {
				r.outer = name
			}
		}
	}
	return all, contoured
}

func rvscJob(s *Source, id string, r *rvscSlice, f *Format) job {
	labelled := r.inner != ""
	return job{id: id, test: !labelled, labelled: labelled, load: func(ctx context.Context) (*loaded, error) {
		l := &loaded{}
		v, err := s.largest(ctx, l, []string{r.image})
		if err != nil {
			return nil, err
		}
		if l.image, err = v.Image(ctx); err != nil {
			return nil, err
		}
		if err := l.checkUnits(f); err != nil || !labelled {
			return l, err
		}
		return l, l.ventricle(s, r)
	}}
}

// ventricle fills the outer contour with 2, the wall, and the inner one with 1, the cavity. A point is (column, row) of
// the picture as it is stored, also where programs show it turned.
func (l *loaded) ventricle(s *Source, r *rvscSlice) error {
	if l.image.Shape[0] != 1 {
		return fmt.Errorf("%s has %d slices, want one", r.image, l.image.Shape[0])
	}
	l.labels = volume.NewLabels(l.image.Geometry)
	rows, columns := l.image.Shape[1], l.image.Shape[2]
	for _, c := range []struct {
		file  string
		value uint16
	}{{r.outer, 2}, {r.inner, 1}} {
		data, err := s.ReadFile(c.file, maxContour)
		if err != nil {
			return err
		}
		outline, err := parseContour(data)
		if err != nil {
			return fmt.Errorf("%s: %w", path.Base(c.file), err)
		}
		outline.Fill(rows, columns, func(row, column int) { l.labels.Data[row*columns+column] = c.value })
	}
	return nil
}

// parseContour reads lines of x and y.
func parseContour(data []byte) (volume.Polygon, error) {
	var p volume.Polygon
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 {
			return nil, fmt.Errorf("line %d has %d numbers, want x and y", n, len(fields))
		}
		x, errX := strconv.ParseFloat(fields[0], 64)
		y, errY := strconv.ParseFloat(fields[1], 64)
		if errX != nil || errY != nil || math.Abs(x) > 1e6 || math.Abs(y) > 1e6 || math.IsNaN(x+y) {
			return nil, fmt.Errorf("line %d: %q are no coordinates", n, lines.Text())
		}
		p = append(p, [2]float64{x, y})
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(p) < 3 {
		return nil, fmt.Errorf("%d points are no outline", len(p))
	}
	return p, nil
}

package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// caseLook is what one look at a case finds.
type caseLook struct {
	Case
	training bool
	findings []Finding
	geometry volume.Geometry // of the first channel; shape zero if that could not be read
	hash     [sha256.Size]byte
	counts   map[int]int // voxels per label value; nil without readable labels
	channels int
	seconds  float64 // reading took
}

func (l *caseLook) add(s Severity, file, repair, what string, args ...any) {
	l.findings = append(l.findings, Finding{Case: l.ID, Severity: s, File: file, What: fmt.Sprintf(what, args...), Repair: repair})
}

// look reads every file of a case. Files that are not there were found before.
func (d *Dataset) look(c Case, training bool) caseLook {
	l := caseLook{Case: c, training: training}
	formats, err := d.formats()
	if err != nil {
		l.add(Severe, "dataset.json", "", "%v", err)
		return l
	}
	start := time.Now()
	sum, complete := sha256.New(), true
	for _, path := range c.Images {
		if !isFile(path) {
			complete = false
			continue
		}
		image, err := formats.Read(path)
		if err != nil {
			l.add(Severe, d.relative(path), "write the file again", "%s", withoutPath(err, path))
			complete = false
			continue
		}
		l.seconds += time.Since(start).Seconds()
		d.lookAtImage(&l, path, image)
		hashVoxels(sum, image.Data)
		start = time.Now()
	}
	sum.Sum(l.hash[:0])
	if complete && l.channels != 0 && l.channels != len(d.Channels) && (d.Layout != Raw || len(c.Images) == len(d.Channels)) {
		l.add(Severe, d.relative(c.Images[0]), "correct channel_names or the files", "%d channels, dataset.json declares %d (%s)",
			l.channels, len(d.Channels), strings.Join(d.Channels, ", "))
	}
	if isFile(c.Labels) {
		d.lookAtLabels(&l, formats)
	}
	return l
}

func hashVoxels(h hash.Hash, data []float32) {
	var chunk [1 << 14]byte
	for len(data) > 0 {
		n := min(len(data), len(chunk)/4)
		for i, v := range data[:n] {
			binary.LittleEndian.PutUint32(chunk[4*i:], math.Float32bits(v))
		}
		h.Write(chunk[:4*n])
		data = data[n:]
	}
}

func withoutPath(err error, path string) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "read "+path+": "), path, "the file")
}

func (d *Dataset) lookAtImage(l *caseLook, path string, image *volume.Image) {
	file := d.relative(path)
	if l.channels == 0 {
		l.geometry = image.Geometry
	} else {
		d.compareGrids(l, file, image.Geometry, "the first channel")
	}
	l.channels += image.Channels
	if at := firstNotFinite(image.Data); at >= 0 {
		n := 0
		for _, v := range image.Data {
			if firstNotFinite([]float32{v}) == 0 {
				n++
			}
		}
		l.add(Severe, file, "replace such voxels by a number", "%d voxels are NaN or infinite, the first at %v (z, y, x)", n, position(image.Shape, at%image.Voxels()))
		return
	}
	for c := range image.Channels {
		data := image.Data[c*image.Voxels() : (c+1)*image.Voxels()]
		if low, high := slices.Min(data), slices.Max(data); low == high {
			l.add(Warning, file, "check the export of this image", "every voxel is %g", low)
		}
	}
}

// compareGrids reports how a file's grid differs from that of the first image. Shape and spacing must
// agree; origin and direction only move the voxels, by so many mm.
func (d *Dataset) compareGrids(l *caseLook, file string, g volume.Geometry, of string) {
	want := l.geometry
	switch {
	case g.Shape != want.Shape:
		l.add(Severe, file, "resample the file to the grid of the image", "shape %v differs from %v of %s", g.Shape, want.Shape, of)
		return
	case !want.SameGrid(g):
		l.add(Severe, file, "copy the header of the image if the voxels belong together (verify --fix does for labels)",
			"spacing %v differs from %v of %s", g.Spacing, want.Spacing, of)
		return
	}
	const repair = "copy the header of the image if the voxels belong together (verify --fix does)"
	voxel := min(want.Spacing[0], want.Spacing[1], want.Spacing[2])
	switch mm := displacement(g, want); {
	case mm > voxel/2:
		l.add(Warning, file, repair, "origin or direction place voxels up to %.3g mm from where %s has them, more than half a voxel", mm, of)
	case mm > max(1e-3, voxel/100):
		l.add(Note, file, repair, "origin or direction place voxels up to %.3g mm from where %s has them", mm, of)
	}
}

// displacement returns the largest distance in mm between the corners of two grids of one shape.
func displacement(a, b volume.Geometry) float64 {
	worst := 0.0
	for corner := range 8 {
		var voxel [3]float64
		for i := range 3 {
			if corner>>i&1 == 1 {
				voxel[i] = float64(a.Shape[i] - 1)
			}
		}
		p, q := world(a, voxel), world(b, voxel)
		worst = max(worst, math.Sqrt((p[0]-q[0])*(p[0]-q[0])+(p[1]-q[1])*(p[1]-q[1])+(p[2]-q[2])*(p[2]-q[2])))
	}
	return worst
}

// world returns the position (x, y, z) in mm of a voxel (z, y, x).
func world(g volume.Geometry, voxel [3]float64) [3]float64 {
	p := g.Origin
	for row := range 3 {
		for column := range 3 {
			p[row] += g.Direction[3*row+column] * g.Spacing[2-column] * voxel[2-column]
		}
	}
	return p
}

func (d *Dataset) lookAtLabels(l *caseLook, formats volume.Formats) {
	file := d.relative(l.Labels)
	labels, err := formats.ReadLabels(l.Labels)
	if err != nil {
		repair := "write the file again"
		var bad *voxels.LabelError
		if errors.As(err, &bad) {
			repair = "store whole numbers (verify --fix rounds values that are nearly whole)"
		}
		l.add(Severe, file, repair, "%s", withoutPath(err, l.Labels))
		return
	}
	if l.geometry.Shape != [3]int{} {
		d.compareGrids(l, file, labels.Geometry, "the image")
	}
	l.counts = map[int]int{}
	var counts [1 << 16]int
	for _, v := range labels.Data {
		counts[v]++
	}
	for v, n := range counts {
		if n > 0 {
			l.counts[v] = n
		}
	}
	d.lookAtValues(l, file)
}

func (d *Dataset) lookAtValues(l *caseLook, file string) {
	declared := d.Labelling.values()
	foreground := 0
	for v := range 1 << 16 {
		n := l.counts[v]
		if v > 0 {
			foreground += n
		}
		if n == 0 || (v < len(declared) && declared[v]) {
			continue
		}
		repair := "declare the label or correct the file"
		if v == 255 {
			repair = `255 often means "not annotated": declare "ignore" (verify --fix does)`
		}
		l.add(Severe, file, repair, "%d voxels have label %d, which dataset.json does not declare", n, v)
	}
	if foreground == 0 {
		l.add(Warning, file, "check that the case is meant to have no foreground", "every voxel is background")
	}
}

package importer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/dicom"
)

// lidcFolder is the folder of a patient.
var lidcFolder = mustCompile("LIDC-IDRI-{n:[0-9]+}/")

// defaultConsensus is half of the readers, the level most papers use.
const defaultConsensus = 2

// findLIDC finds the patients' folders and the annotation files, wherever these lie. Which annotation belongs to
// which series only the identifiers within the files tell.
func findLIDC(s *Source, o Options) (*plan, error) {
	labelling, err := o.Format.labelling()
	if err != nil {
		return nil, err
	}
	p := &plan{channels: o.Format.Channels, labelling: labelling}
	patients := map[string][]string{}
	for _, name := range s.files {
		if strings.EqualFold(path.Ext(name), ".xml") {
			continue
		}
		if v, _, ok := (Patterns{lidcFolder}).match(name); ok {
			if err := s.entries[name].outside; err != nil {
				return nil, err
			}
			id := v.fill("LIDC-IDRI-{n}")
			patients[id] = append(patients[id], name)
		}
	}
	annotations, notes, err := s.annotations()
	if err != nil {
		return nil, err
	}
	p.notes = notes
	if len(patients) == 0 && len(annotations) > 0 {
		return nil, fmt.Errorf("there are annotations of %d CT scans (%s), but no images: want LIDC-IDRI-0001/*/*/*.dcm",
			len(annotations), strings.Join(annotationFiles(annotations), ", "))
	}
	level := o.Consensus
	if level == 0 {
		level = defaultConsensus
	}
	for id, files := range patients {
		p.cases = append(p.cases, job{id: id, labelled: true, load: func(ctx context.Context) (*loaded, error) {
			return s.lidcCase(ctx, o.Format, files, rasteriser{annotations, level})
		}})
	}
	return p, nil
}

func annotationFiles(all map[string]*annotation) []string {
	var names []string
	for _, a := range all {
		names = append(names, a.file)
	}
	slices.Sort(names)
	if len(names) > 10 {
		names = append(names[:10], "...")
	}
	return names
}

// annotations reads every XML file, by series. Annotations of chest X-rays are noted and passed over.
func (s *Source) annotations() (map[string]*annotation, []Change, error) {
	all := map[string]*annotation{}
	others := 0
	for _, name := range s.files {
		if !strings.EqualFold(path.Ext(name), ".xml") {
			continue
		}
		data, err := s.ReadFile(name, maxAnnotation)
		if err != nil {
			return nil, nil, err
		}
		a, err := parseLIDC(data)
		if errors.Is(err, errNotLIDC) {
			others++
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		a.file = name
		all[a.series] = a
	}
	if others > 0 {
		return all, []Change{{What: fmt.Sprintf("passed over %d XML files that are no annotations of CT scans", others)}}, nil
	}
	return all, nil, nil
}

// lidcCase reads the CT series of a patient that has an annotation. A patient may have X-rays and a second scan.
func (s *Source) lidcCase(ctx context.Context, f *Format, files []string, r rasteriser) (*loaded, error) {
	volumes, findings, err := dicom.ScanFS(ctx, s, files)
	if err != nil {
		return nil, err
	}
	for _, finding := range findings {
		return nil, errors.New(finding.String())
	}
	var best *dicom.Volume
	ct := 0
	for _, v := range volumes {
		if v.Modality != "CT" {
			continue
		}
		ct++
		if r.annotations[v.Series] != nil && (best == nil || v.Voxels() > best.Voxels()) {
			best = v
		}
	}
	if best == nil {
		return nil, fmt.Errorf("none of its %d CT series has an annotation file (LidcReadMessage with its SeriesInstanceUid)", ct)
	}
	l := &loaded{}
	if err := s.usable(l, "", best); err != nil {
		return nil, err
	}
	if l.image, err = best.Image(ctx); err != nil {
		return nil, err
	}
	if err := l.checkUnits(f); err != nil {
		return nil, err
	}
	a := r.annotations[best.Series]
	if ct > 1 {
		l.note("", "took the annotated series %d of %d CT series", best.Number, ct)
	}
	if a.small > 0 {
		l.note(path.Base(a.file), "left out %d marks of nodules under 3 mm, which have no outline", a.small)
	}
	l.labels, err = r.rasterise(a, l.image.Geometry)
	return l, err
}

// rasteriser makes masks of outlines.
type rasteriser struct {
	annotations map[string]*annotation
	level       int // how many readers must agree
}

// rasterise fills the outlines of every reader and marks the voxels that at least level readers marked.
func (r rasteriser) rasterise(a *annotation, g volume.Geometry) (*volume.Labels, error) {
	votes := make([]uint8, g.Voxels())
	for _, session := range a.sessions {
		marked, err := markSession(session, g)
		if err != nil {
			return nil, err
		}
		for i, m := range marked {
			if m {
				votes[i]++
			}
		}
	}
	labels := volume.NewLabels(g)
	for i, n := range votes {
		if int(n) >= r.level {
			labels.Data[i] = 1
		}
	}
	return labels, nil
}

// markSession fills the nodules of one reader: inclusions first, then their holes.
func markSession(session []nodule, g volume.Geometry) ([]bool, error) {
	marked := make([]bool, g.Voxels())
	size := g.Shape[1] * g.Shape[2]
	for _, n := range session {
		one := map[int]bool{}
		for _, exclude := range []bool{false, true} {
			for _, region := range n {
				if region.exclude != exclude {
					continue
				}
				z, err := sliceAt(g, region.z)
				if err != nil {
					return nil, err
				}
				region.interior(g.Shape[1], g.Shape[2], func(row, column int) { one[z*size+row*g.Shape[2]+column] = !exclude })
			}
		}
		for i, inside := range one {
			marked[i] = marked[i] || inside
		}
	}
	return marked, nil
}

// interior calls set for every pixel within an outline, without those of the outline, which lie outside of the
// nodule (or, for a hole, of the hole).
func (r roi) interior(rows, columns int, set func(row, column int)) {
	edge := map[[2]float64]bool{}
	for i, p := range r.points {
		edge[p] = true
		q := r.points[(i+1)%len(r.points)]
		// Outlines may skip pixels on straight lines: the pixels between are as many as both distances share.
		steps := divisor(int(q[0]-p[0]), int(q[1]-p[1]))
		for s := 1; s < steps; s++ {
			t := float64(s) / float64(steps)
			edge[[2]float64{math.Round(p[0] + t*(q[0]-p[0])), math.Round(p[1] + t*(q[1]-p[1]))}] = true
		}
	}
	r.points.Fill(rows, columns, func(row, column int) {
		if !edge[[2]float64{float64(column), float64(row)}] {
			set(row, column)
		}
	})
}

// divisor returns the greatest common divisor of two distances.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// sliceAt returns the slice at a z position of the world.
func sliceAt(g volume.Geometry, z float64) (int, error) {
	step := g.Direction[8] * g.Spacing[0]
	if math.Abs(g.Direction[8]) < 0.99 {
		return 0, errors.New("the slices are not axial, so that a z position names no slice")
	}
	i := math.Round((z - g.Origin[2]) / step)
	if i < 0 || i >= float64(g.Shape[0]) || math.Abs(g.Origin[2]+i*step-z) > math.Abs(step)/2 {
		return 0, fmt.Errorf("an outline lies at z = %g mm, where there is no slice", z)
	}
	return int(i), nil
}

package dicom

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// Volume is a stack of slices on one grid, its pixels not yet read.
type Volume struct {
	volume.Geometry
	Channels int
	// Series is the unique identifier of the series, Number its number, Modality CT, MR or the like.
	Series, Modality string
	Number           int
	// Moment tells volumes of one series apart: their time, echo or the like; empty where there is one volume.
	Moment   string
	Findings []Finding
	slices   []slice
}

// samePlace is the distance in mm within which two slices have one position.
const samePlace = 1e-3

// stack sorts frames along their normal and splits repeated positions (times, echoes) into volumes.
func stack(frames []slice) []*Volume {
	normal := frames[0].normal()
	slices.SortStableFunc(frames, func(a, b slice) int {
		return cmp.Or(cmp.Compare(math.Round(dot(normal, a.position)/samePlace), math.Round(dot(normal, b.position)/samePlace)),
			a.moment.compare(b.moment), cmp.Compare(a.number, b.number), cmp.Compare(a.frame, b.frame))
	})
	if !frames[0].placed {
		return []*Volume{newVolume(frames, nil)}
	}
	places, findings := positions(frames, normal)
	phases, unclear := split(places, normal)
	findings = append(findings, unclear...)
	var out []*Volume
	for _, p := range phases {
		v := newVolume(p.frames, findings)
		if v.Moment = p.name; len(p.frames) < len(places) {
			v.Findings = append(v.Findings, Finding{Partial, fmt.Sprintf("at %s there are slices at %d of the %d positions of the series", p.name, len(p.frames), len(places))})
		}
		out = append(out, v)
	}
	return out
}

// split makes volumes of the frames at repeated positions. Where nothing tells a few extra frames apart from the
// others the first is used; where most positions have such frames no choice would be right, and all are kept.
func split(places [][]slice, normal [3]float64) (phases []phase, findings []Finding) {
	repeated := 0
	for _, p := range places {
		if len(p) > 1 {
			repeated++
		}
	}
	firsts := phase{}
	switch entries := separator(places); {
	case repeated == 0: // firsts is all there is
	case inStep(places, entries):
		return byRank(places, entries), nil
	case entries != nil:
		return byValue(places, entries), nil
	}
	for _, p := range places {
		if firsts.frames = append(firsts.frames, p[0]); len(p) == 1 {
			continue
		}
		kind, what := Duplicate, "the first one, "+p[0].path+", is used"
		if 2*repeated > len(places) {
			kind, what = Ambiguous, "nothing says which of them belong together"
		}
		findings = append(findings, Finding{kind, fmt.Sprintf("%d slices at %.3f mm along the normal; %s", len(p), dot(normal, p[0].position), what)})
	}
	return []phase{firsts}, findings
}

// positions groups sorted frames by position and drops copies of one instance.
func positions(frames []slice, normal [3]float64) (places [][]slice, findings []Finding) {
	for _, s := range frames {
		n := len(places)
		if n == 0 || dot(normal, minus(s.position, places[n-1][0].position)) >= samePlace {
			places = append(places, []slice{s})
			continue
		}
		if slices.ContainsFunc(places[n-1], s.isCopy) {
			findings = append(findings, Finding{Duplicate, fmt.Sprintf("%s is a copy of another file of the series and is left out", s.path)})
			continue
		}
		places[n-1] = append(places[n-1], s)
	}
	return places, findings
}

// isCopy reports whether two frames of one position are the same frame in two files. Identifiers alone do not
// tell: some programs give one to a whole series.
func (s *slice) isCopy(other slice) bool {
	a, b := s.object, other.object
	return s.uid == other.uid && s.number == other.number && s.frame == other.frame && s.moment.compare(other.moment) == 0 &&
		bytes.Equal(a.pixels, b.pixels) && slices.EqualFunc(a.fragments, b.fragments, bytes.Equal)
}

// newVolume places sorted slices on a grid and reports where they do not fit one.
func newVolume(frames []slice, findings []Finding) *Volume {
	s, n := frames[0], len(frames)
	v := &Volume{slices: frames, Channels: s.format.samples, Series: s.object.text(tag.SeriesInstanceUID),
		Modality: s.object.text(tag.Modality), Number: int(s.object.number(tag.SeriesNumber, 0)), Findings: slices.Clone(findings)}
	thickness := s.between
	if thickness == 0 {
		thickness = volume.FlatThickness(s.spacing[0], s.spacing[1])
	}
	v.Geometry = volume.NewGeometry([3]int{n, s.format.rows, s.format.columns}, [3]float64{thickness, s.spacing[0], s.spacing[1]})
	if !s.placed {
		if n > 1 {
			v.Findings = append(v.Findings, Finding{Unplaced, "the file says nothing about where its frames lie; they are stacked in their order"})
		}
		return v
	}
	normal := s.normal()
	v.Origin = s.position
	for i := range 3 {
		v.Direction[3*i], v.Direction[3*i+1], v.Direction[3*i+2] = s.row[i], s.col[i], normal[i]
	}
	if n > 1 {
		v.Spacing[0] = dot(normal, minus(frames[n-1].position, s.position)) / float64(n-1)
		v.gaps(normal)
		v.tilt(normal)
	}
	return v
}

// gaps compares the distances of neighbouring slices with their median. One per cent, or a hundredth of a
// millimetre, is what scanners round positions to.
func (v *Volume) gaps(normal [3]float64) {
	var steps []float64
	for i := 1; i < len(v.slices); i++ {
		steps = append(steps, dot(normal, minus(v.slices[i].position, v.slices[i-1].position)))
	}
	sorted := slices.Clone(steps)
	slices.Sort(sorted)
	median := sorted[(len(sorted)-1)/2]
	for i, step := range steps {
		at := dot(normal, v.slices[i].position)
		times := math.Round(step / median)
		switch tolerance := max(0.01*median, 0.01); {
		case math.Abs(step-median) <= tolerance:
		case times >= 2 && math.Abs(step-times*median) <= times*tolerance:
			v.Findings = append(v.Findings, Finding{Missing, fmt.Sprintf("%g between %.3f and %.3f mm along the normal, where slices are %.3f mm apart", times-1, at, at+step, median)})
		default:
			v.Findings = append(v.Findings, Finding{Uneven, fmt.Sprintf("%.3f mm after the slice at %.3f mm, where %.3f mm is usual", step, at, median)})
		}
	}
}

// tilt reports slices that are shifted against each other within their plane.
func (v *Volume) tilt(normal [3]float64) {
	n := len(v.slices)
	way := minus(v.slices[n-1].position, v.slices[0].position)
	cosine := dot(way, normal) / length(way)
	if angle := math.Acos(min(cosine, 1)) * 180 / math.Pi; angle > 0.1 {
		v.Findings = append(v.Findings, Finding{Tilt, fmt.Sprintf("slices are stacked %.2f degrees off their normal; the volume is not sheared back", angle)})
	}
}

// Image reads the pixels, slices in parallel.
func (v *Volume) Image(ctx context.Context) (*volume.Image, error) {
	if err := v.Validate(); err != nil {
		return nil, err
	}
	image := volume.NewImage(v.Geometry, v.Channels)
	size := v.Shape[1] * v.Shape[2]
	err := parallel.Each(ctx, runtime.GOMAXPROCS(0), len(v.slices), func(_, i int) error {
		s := &v.slices[i]
		planes := make([][]float32, v.Channels)
		for c := range planes {
			at := c*v.Voxels() + i*size
			planes[c] = image.Data[at : at+size]
		}
		if err := s.read(planes); err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
		return nil
	})
	return image, err
}

// read decodes the pixels of a slice into a plane for each channel.
func (s *slice) read(planes [][]float32) error {
	raw, order, err := s.object.frame(s.format, s.frame)
	if err != nil {
		return err
	}
	f := s.format
	f.planar = f.planar && s.object.fragments == nil // decoders interleave
	for c, plane := range planes {
		f.widen(plane, raw, order, c, s.rescale)
	}
	if f.colourDifference() {
		toRGB(planes[0], planes[1], planes[2], f.stored)
	}
	return nil
}

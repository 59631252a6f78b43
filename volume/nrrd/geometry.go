package nrrd

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/volume"
)

// Header is the text of the fields that place the voxels, as read. It stands in Geometry.Native, so that
// the geometry can be written back unchanged.
type Header struct {
	axes      int      // two or three
	space     string   // "" if the header only had a space dimension, or nothing
	spaceAxes int      // 0: no world space, only spacings
	vectors   []string // per spatial axis, fastest first
	origin    string
	spacings  []string // per spatial axis, fastest first
	geometry  volume.Geometry
}

// layout says which axes are places and which one the channel.
type layout struct {
	spatial []int // fastest first, two or three
	channel int   // -1: none
}

// layout sorts the axes. Without directions a fourth place is the channel, as in NIfTI.
func (h *header) layout() (layout, error) {
	l := layout{channel: -1}
	var others []int
	for i := range h.sizes {
		if h.isPlace(i) {
			l.spatial = append(l.spatial, i)
		} else {
			others = append(others, i)
		}
	}
	for n := len(l.spatial); n > 3; n-- {
		others = append(others, l.spatial[n-1])
		l.spatial = l.spatial[:n-1]
	}
	if len(l.spatial) < 2 {
		return l, fmt.Errorf("%d of the %d axes are places, an image has two or three", len(l.spatial), len(h.sizes))
	}
	for _, i := range others {
		if h.sizes[i] > 1 && l.channel >= 0 {
			return l, fmt.Errorf("sizes %v: only one axis beside the places may be larger than 1, the channels", h.sizes)
		}
		if h.sizes[i] > 1 {
			l.channel = i
		}
	}
	return l, nil
}

// isPlace reports whether an axis is a place.
func (h *header) isPlace(i int) bool {
	if h.vectors != nil {
		return !strings.EqualFold(h.vectors[i], "none") && !strings.Contains(strings.ToLower(h.vectors[i]), "nan")
	}
	return h.kinds == nil || slices.Contains([]string{"domain", "space", "none", "???"}, h.kinds[i])
}

// geometry returns where the voxels lie.
func (h *header) geometry(l layout) (volume.Geometry, error) {
	g := volume.NewGeometry([3]int{1, 1, 1}, [3]float64{1, 1, 1})
	native := &Header{axes: len(l.spatial), space: h.space, spaceAxes: h.spaceAxes}
	for k, i := range l.spatial {
		g.Shape[2-k] = int(h.sizes[i])
		if h.spacings != nil {
			native.spacings = append(native.spacings, h.spacings[i])
			v, err := strconv.ParseFloat(h.spacings[i], 64)
			if err != nil {
				return g, fmt.Errorf("spacings: %.20q is no number", h.spacings[i])
			}
			if !math.IsNaN(v) && v != 0 { // else unknown
				g.Spacing[2-k] = math.Abs(v)
			}
		}
	}
	if h.vectors != nil {
		if err := h.place(&g, l, native); err != nil {
			return g, err
		}
	}
	if err := h.setOrigin(&g, native); err != nil {
		return g, err
	}
	if len(l.spatial) == 2 {
		g.Spacing[0] = volume.FlatThickness(g.Spacing[1], g.Spacing[2])
	}
	if err := g.Validate(); err != nil {
		return g, err
	}
	native.geometry = g
	g.Native = native
	return g, nil
}

// sign returns what turns world coordinates of the space into LPS.
func (h *header) sign() [3]float64 {
	switch name := strings.ToLower(h.space); strings.TrimSuffix(name, "-time") {
	case "right-anterior-superior", "ras", "rast":
		return [3]float64{-1, -1, 1}
	case "left-anterior-superior", "las", "last":
		return [3]float64{1, -1, 1}
	}
	return [3]float64{1, 1, 1}
}

// place sets spacing and direction by the space directions.
func (h *header) place(g *volume.Geometry, l layout, native *Header) error {
	sign := h.sign()
	for k, i := range l.spatial {
		v, err := h.vector(h.vectors[i])
		if err != nil {
			return err
		}
		n := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
		if !(n > 0) || math.IsInf(n, 0) {
			return fmt.Errorf("space direction %s has no length", h.vectors[i])
		}
		g.Spacing[2-k] = n
		for row := range 3 {
			g.Direction[3*row+k] = sign[row]*v[row]/n + 0 // + 0 makes -0 a 0
		}
		native.vectors = append(native.vectors, h.vectors[i])
	}
	d := &g.Direction
	if len(l.spatial) == 2 { // the third axis is at right angles to both
		d[2], d[5], d[8] = d[3]*d[7]-d[6]*d[4], d[6]*d[1]-d[0]*d[7], d[0]*d[4]-d[3]*d[1]
		n := math.Sqrt(d[2]*d[2] + d[5]*d[5] + d[8]*d[8])
		if n > 0 {
			d[2], d[5], d[8] = d[2]/n, d[5]/n, d[8]/n
		}
		if h.spaceAxes == 2 { // a mirrored plane has no side
			d[8] = math.Abs(d[8])
		}
	}
	det := d[0]*(d[4]*d[8]-d[5]*d[7]) - d[1]*(d[3]*d[8]-d[5]*d[6]) + d[2]*(d[3]*d[7]-d[4]*d[6])
	if !(math.Abs(det) > 1e-9) {
		return fmt.Errorf("the space directions %v span no volume; correct the header", h.vectors)
	}
	return nil
}

func (h *header) setOrigin(g *volume.Geometry, native *Header) error {
	if h.origin == "" {
		return nil
	}
	v, err := h.vector(h.origin)
	if err != nil {
		return err
	}
	if math.IsNaN(v[0] + v[1] + v[2]) { // teem's way of saying unknown
		return nil
	}
	sign := h.sign()
	for i := range 3 {
		if math.IsInf(v[i], 0) {
			return fmt.Errorf("space origin %s is not finite; correct the header", h.origin)
		}
		g.Origin[i] = sign[i]*v[i] + 0
	}
	native.origin = h.origin
	return nil
}

// vector reads (a,b,c). In a plane the third number is 0; a fourth one is time.
func (h *header) vector(s string) (v [3]float64, err error) {
	inner, found := strings.CutPrefix(s, "(")
	inner, ends := strings.CutSuffix(inner, ")")
	parts := strings.Split(inner, ",")
	if !found || !ends || len(parts) < 2 || len(parts) > 4 || h.spaceAxes != 0 && len(parts) != h.spaceAxes {
		return v, fmt.Errorf("%.60q is no vector of %d numbers", s, h.spaceAxes)
	}
	for i, p := range parts {
		x, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil {
			return v, fmt.Errorf("%.60q is no vector of numbers", s)
		}
		if i < 3 {
			v[i] = x
		}
	}
	return v, nil
}

// splitVectors splits "(1,0,0) (0, 1, 0) none" at the spaces between vectors.
func splitVectors(value string) ([]string, error) {
	var all []string
	for value = strings.TrimSpace(value); value != ""; value = strings.TrimSpace(value) {
		if value[0] != '(' {
			word, rest, _ := strings.Cut(value, " ")
			all, value = append(all, word), rest
			continue
		}
		end := strings.IndexByte(value, ')')
		if end < 0 {
			return nil, errors.New("a vector does not end")
		}
		all, value = append(all, value[:end+1]), value[end+1:]
	}
	return all, nil
}

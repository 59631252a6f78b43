package mha

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/volume"
)

// geometry returns where the voxels lie and how many channels there are.
func (h *header) geometry() (volume.Geometry, int, error) {
	axes := len(h.sizes)
	g := volume.NewGeometry([3]int{1, 1, 1}, [3]float64{1, 1, 1})
	for i := range min(axes, 3) {
		g.Shape[2-i] = int(h.sizes[i])
		if i < len(h.spacing) {
			g.Spacing[2-i] = math.Abs(h.spacing[i])
		}
		if i < len(h.offset) {
			g.Origin[i] = h.offset[i]
		}
	}
	if axes == 2 {
		g.Spacing[0] = volume.FlatThickness(g.Spacing[1], g.Spacing[2])
	}
	if err := h.direct(&g); err != nil {
		return g, 0, err
	}
	for _, v := range g.Origin {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return g, 0, fmt.Errorf("the offset %v is not finite; correct the header", h.offset)
		}
	}
	channels := int(h.components)
	if axes == 4 {
		channels = int(h.sizes[3])
	}
	return g, channels, g.Validate()
}

// direct sets the direction: row i of TransformMatrix is the direction of axis i (itkMetaImageIO.cxx).
func (h *header) direct(g *volume.Geometry) error {
	if h.matrix == nil {
		return nil
	}
	axes := len(h.sizes)
	if len(h.matrix) != axes*axes {
		return fmt.Errorf("TransformMatrix has %d numbers, want %d", len(h.matrix), axes*axes)
	}
	for i := range min(axes, 3) {
		for k := range min(axes, 3) {
			g.Direction[3*k+i] = h.matrix[axes*i+k]
		}
	}
	d := g.Direction
	det := d[0]*(d[4]*d[8]-d[5]*d[7]) - d[1]*(d[3]*d[8]-d[5]*d[6]) + d[2]*(d[3]*d[7]-d[4]*d[6])
	if !(math.Abs(det) > 1e-9) || math.IsInf(det, 0) {
		return fmt.Errorf("TransformMatrix %v is not finite or has no volume; correct the header", h.matrix)
	}
	return nil
}

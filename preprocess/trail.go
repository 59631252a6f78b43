package preprocess

import (
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
)

// Trail is everything needed to bring a result back from the preprocessed geometry to that of the
// file. Fields that say "plan order" are in the axes behind the transposition.
type Trail struct {
	// FileShape, FileSpacing, Origin and Direction are the geometry of the file.
	FileShape   [3]int     `yaml:"file_shape,flow"`
	FileSpacing [3]float64 `yaml:"file_spacing,flow"`
	Origin      [3]float64 `yaml:"origin,flow"`
	Direction   [9]float64 `yaml:"direction,flow"`
	// Native is the file's own header; it does not survive on disk.
	Native any `yaml:"-"`
	// Forward is the permutation: axis i in plan order is axis Forward[i] of the file.
	Forward [3]int `yaml:"transpose_forward,flow"`
	// ShapeBeforeCropping is the whole shape, in plan order.
	ShapeBeforeCropping [3]int `yaml:"shape_before_cropping,flow"`
	// Box is the nonzero region: [start, end) per axis, in plan order.
	Box [3][2]int `yaml:"bbox_used_for_cropping,flow"`
	// Cropped is the shape of the box.
	Cropped [3]int `yaml:"shape_after_cropping_and_before_resampling,flow"`
	// Resampled is the shape of the preprocessed arrays.
	Resampled [3]int `yaml:"resampled_shape,flow"`
	// Spacing is that of the preprocessed arrays in mm.
	Spacing [3]float64 `yaml:"resampled_spacing,flow"`
	// Probabilities says how logits are resampled.
	Probabilities plans.Resampling `yaml:"resampling_probabilities"`
}

func (p *Pipeline) trail(image *volume.Image, box volume.Box) Trail {
	t := Trail{
		FileShape: image.Shape, FileSpacing: image.Spacing,
		Origin: image.Origin, Direction: image.Direction, Native: image.Native,
		Forward: p.forward, Cropped: box.Shape(), Probabilities: p.methods.probabilities.plan,
	}
	for i, axis := range p.forward {
		t.ShapeBeforeCropping[i] = image.Shape[axis]
		t.Box[i] = [2]int{box.Start[i], box.End[i]}
	}
	current := t.CropSpacing()
	t.Spacing = targetSpacing(p.configuration.Spacing, current)
	t.Resampled = t.Cropped
	if !p.methods.data.keepsShape() {
		t.Resampled = resampledShape(t.Cropped, current, t.Spacing)
	}
	return t
}

// CropSpacing returns the file's spacing in plan order, which is that of the cropped array.
func (t *Trail) CropSpacing() [3]float64 {
	var s [3]float64
	for i, axis := range t.Forward {
		s[i] = t.FileSpacing[axis]
	}
	return s
}

// Geometry returns the geometry of the file.
func (t *Trail) Geometry() volume.Geometry {
	return volume.Geometry{
		Shape: t.FileShape, Spacing: t.FileSpacing, Origin: t.Origin, Direction: t.Direction, Native: t.Native,
	}
}

// box returns the nonzero region as a box.
func (t *Trail) box() volume.Box {
	var b volume.Box
	for i, ends := range t.Box {
		b.Start[i], b.End[i] = ends[0], ends[1]
	}
	return b
}

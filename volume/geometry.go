package volume

import (
	"fmt"
	"math"
)

// Geometry places a grid of voxels in the world. Shape and Spacing are in array order, slowest
// axis first (z, y, x); Origin and Direction are in world order (x, y, z; LPS, as in ITK).
type Geometry struct {
	// Shape is the number of voxels per axis, slowest first.
	Shape [3]int
	// Spacing is the distance of neighbouring voxels in mm per axis, slowest first.
	Spacing [3]float64
	// Origin is the world position (x, y, z) in mm of voxel (0, 0, 0).
	Origin [3]float64
	// Direction is the row-major 3x3 matrix whose column i is the world direction of file axis i,
	// file axes counted fastest first (x, y, z). The identity in the simplest case.
	Direction [9]float64
	// Native is the header of the file format that the voxels came from, or nil. The encoder of the
	// same format uses it to write the geometry back byte for byte; every other package passes it on.
	Native any
}

// NewGeometry returns a geometry with origin zero and the axes of the world.
func NewGeometry(shape [3]int, spacing [3]float64) Geometry {
	return Geometry{Shape: shape, Spacing: spacing, Direction: [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}}
}

// Voxels returns the number of voxels of the grid.
func (g Geometry) Voxels() int { return g.Shape[0] * g.Shape[1] * g.Shape[2] }

// VoxelVolume returns the volume of one voxel in cubic millimetres.
func (g Geometry) VoxelVolume() float64 { return g.Spacing[0] * g.Spacing[1] * g.Spacing[2] }

// Validate reports the first axis whose size or spacing makes no sense.
func (g Geometry) Validate() error {
	for i, axis := range [3]string{"z", "y", "x"} {
		if g.Shape[i] < 1 {
			return fmt.Errorf("shape %v: %d voxels along %s, want at least 1", g.Shape, g.Shape[i], axis)
		}
		if s := g.Spacing[i]; !(s > 0) || math.IsInf(s, 0) {
			return fmt.Errorf("spacing %v: %g mm along %s, want a positive finite number", g.Spacing, s, axis)
		}
	}
	return nil
}

// SameGrid reports whether two geometries have equal shapes and spacings that agree as numpy's
// allclose does (relative 1e-5, absolute 1e-8), the test nnU-Net applies to image and label.
func (g Geometry) SameGrid(other Geometry) bool {
	return g.Shape == other.Shape && closeTo(g.Spacing[:], other.Spacing[:], 1e-5, 1e-8)
}

// Equal reports whether shapes are equal and no spacing, origin or direction component differs by
// more than tolerance (mm, and plain numbers for the direction).
func (g Geometry) Equal(other Geometry, tolerance float64) bool {
	return g.Shape == other.Shape &&
		closeTo(g.Spacing[:], other.Spacing[:], 0, tolerance) &&
		closeTo(g.Origin[:], other.Origin[:], 0, tolerance) &&
		closeTo(g.Direction[:], other.Direction[:], 0, tolerance)
}

func closeTo(a, b []float64, relative, absolute float64) bool {
	for i := range a {
		if !(math.Abs(a[i]-b[i]) <= absolute+relative*math.Abs(b[i])) {
			return false
		}
	}
	return true
}

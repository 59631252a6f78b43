package augment

import (
	"math"
	"slices"
)

// Geometry is how far a configuration's patches are turned, decided from the patch size alone.
type Geometry struct {
	// Angle bounds the rotation around every axis, in radians: angles lie in [-Angle, Angle].
	Angle float64
	// DummyTwoD turns 3D patches within the slices only.
	DummyTwoD bool
	// Enlarged is the patch that is cut, so that a turned patch finds voxels in its corners.
	Enlarged []int
}

// GeometryOf decides as nnUNetTrainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size does:
// in 3D ±30°, or ±180° within slices where the first axis is less than a third of the longest; in 2D
// ±180°, or ±15° where the sides differ by more than a factor of 1.5.
func GeometryOf(patch []int) Geometry {
	g := Geometry{Angle: math.Pi / 6}
	longest := float64(slices.Max(patch))
	switch {
	case len(patch) == 2 && longest/float64(slices.Min(patch)) > 1.5:
		g.Angle = math.Pi / 12
	case len(patch) == 2:
		g.Angle = math.Pi
	case longest/float64(patch[0]) > 3:
		g.Angle, g.DummyTwoD = math.Pi, true
	}
	g.Enlarged = Enlarge(patch, [3]float64{g.Angle, g.Angle, g.Angle}, 0.85)
	if g.DummyTwoD {
		g.Enlarged = append([]int{patch[0]}, Enlarge(patch[1:], [3]float64{g.Angle}, 0.85)...)
	}
	return g
}

// Enlarge returns the patch that has to be cut so that a patch rotated by up to the angles (radians,
// around axes 0, 1, 2; 2D uses the first) and scaled by down to smallest lies inside: nnU-Net's
// get_patch_size. It turns the patch's far corner around one axis at a time and keeps the largest
// coordinates; angles count up to 90°.
func Enlarge(patch []int, angles [3]float64, smallest float64) []int {
	planes := [][2]int{{1, 2}, {2, 0}, {0, 1}}
	if len(patch) == 2 {
		planes = [][2]int{{0, 1}}
	}
	size := make([]float64, len(patch))
	for i, p := range patch {
		size[i] = float64(p)
	}
	for axis, plane := range planes {
		angle := min(angles[axis], math.Pi/2)
		cos, sin := math.Cos(angle), math.Sin(angle)
		u, v := float64(patch[plane[0]]), float64(patch[plane[1]])
		size[plane[0]] = max(size[plane[0]], math.Abs(u*cos+v*sin))
		size[plane[1]] = max(size[plane[1]], math.Abs(v*cos-u*sin))
	}
	result := make([]int, len(patch))
	for i, s := range size {
		result[i] = int(s / smallest)
	}
	return result
}

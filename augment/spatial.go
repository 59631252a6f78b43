package augment

import (
	"math"
	"math/rand/v2"
)

// Spatial turns and scales a patch while it cuts it down to its final size (batchgeneratorsv2's
// SpatialTransform without elastic deformation).
type Spatial struct {
	// Size is the shape of the result.
	Size [3]int
	// Rotate and Scale are the probabilities of a rotation and of a scaling, drawn independently.
	Rotate, Scale float64
	// Angle bounds the angles (radians); Factor is the range of scales. A scale above 1 shrinks objects.
	Angle  float64
	Factor Interval
	// InPlane turns and scales axes 1 and 2 only: 2D and dummy-2D patches.
	InPlane bool
}

// SpatialParams is a drawn map: output voxel o reads input coordinate
// Affine·(o-(P-1)/2) + (N-1)/2, with P and N the shapes of output and input.
type SpatialParams struct {
	Affine [3][3]float64
	// Identity asks for the plain crop of the centre, from floor(N/2)-floor(P/2).
	Identity bool
}

// Draw draws the angles and the scale.
func (s Spatial) Draw(rng *rand.Rand) SpatialParams {
	rotate, scale := rng.Float64() < s.Rotate, rng.Float64() < s.Scale
	var angles [3]float64
	factor := 1.0
	if rotate && s.InPlane {
		angles[0] = Interval{-s.Angle, s.Angle}.Uniform(rng)
	} else if rotate {
		for i := range angles {
			angles[i] = Interval{-s.Angle, s.Angle}.Uniform(rng)
		}
	}
	if scale {
		factor = s.Factor.Uniform(rng)
	}
	switch {
	case !rotate && !scale:
		return SpatialParams{Identity: true}
	case s.InPlane:
		return SpatialParams{Affine: InPlaneAffine(angles[0], factor)}
	}
	return SpatialParams{Affine: Affine(angles, factor)}
}

// Apply draws a map and applies it.
func (s Spatial) Apply(patch *Patch, rng *rand.Rand) { s.Draw(rng).Apply(patch, s.Size) }

// Affine returns Rz·Ry·Rx·scale with the right-handed rotations of axes (1, 2), (0, 2) and (0, 1) by
// angles[0], angles[1] and angles[2].
func Affine(angles [3]float64, scale float64) [3][3]float64 {
	c, s := [3]float64{}, [3]float64{}
	for i, a := range angles {
		c[i], s[i] = math.Cos(a), math.Sin(a)
	}
	x := [3][3]float64{{1, 0, 0}, {0, c[0], -s[0]}, {0, s[0], c[0]}}
	y := [3][3]float64{{c[1], 0, s[1]}, {0, 1, 0}, {-s[1], 0, c[1]}}
	z := [3][3]float64{{c[2], -s[2], 0}, {s[2], c[2], 0}, {0, 0, 1}}
	d := [3][3]float64{{scale, 0, 0}, {0, scale, 0}, {0, 0, scale}}
	return multiply(multiply(z, y), multiply(x, d))
}

// InPlaneAffine returns the map that turns axes 1 and 2 and leaves axis 0 alone.
func InPlaneAffine(angle, scale float64) [3][3]float64 {
	c, s := math.Cos(angle)*scale, math.Sin(angle)*scale
	return [3][3]float64{{1, 0, 0}, {0, c, -s}, {0, s, c}}
}

func multiply(a, b [3][3]float64) (r [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				r[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return r
}

// Apply maps image and label maps to a patch of the given shape, which must not be larger than the
// patch itself. The image is interpolated linearly with zeros outside, label maps by vote (see vote).
func (s SpatialParams) Apply(patch *Patch, size [3]int) {
	in, out := patch.Shape, size
	for i := range 3 {
		if out[i] > in[i] {
			panic("augment: spatial transform to a larger patch")
		}
	}
	if s.Identity {
		cropCentre(patch, size)
		return
	}
	m := mapping{matrix: s.Affine, in: in, out: out}
	m.planar = s.Affine[0] == [3]float64{1, 0, 0} && s.Affine[1][0] == 0 && s.Affine[2][0] == 0 && in[0] == out[0]
	patch.row.resize(out[2])
	n := out[0] * out[1] * out[2]
	image := patch.scratch(patch.Channels * n)
	labels := patch.scratchLabels(n)
	m.run(patch, image, labels, patch.Labels)
	patch.Labels, patch.spareLabels = labels, patch.Labels
	if patch.Previous != nil {
		labels = patch.scratchLabels(n)
		m.run(patch, nil, labels, patch.Previous)
		patch.Previous, patch.spareLabels = labels, patch.Previous
	}
	patch.Data, patch.spare = image, patch.Data
	patch.Shape = size
}

// cropCentre moves the centre of the patch to the front of its memory.
func cropCentre(patch *Patch, size [3]int) {
	in, n := patch.Shape, size[0]*size[1]*size[2]
	var start [3]int
	for i := range 3 {
		start[i] = in[i]/2 - size[i]/2
	}
	move := func(at func(dst, src int)) {
		for z := range size[0] {
			for y := range size[1] {
				at((z*size[1]+y)*size[2], ((z+start[0])*in[1]+y+start[1])*in[2]+start[2])
			}
		}
	}
	w := size[2]
	for c := range patch.Channels {
		from, to := patch.Data[c*patch.Voxels():], patch.Data[c*n:]
		move(func(dst, src int) { copy(to[dst:dst+w], from[src:src+w]) })
	}
	move(func(dst, src int) { copy(patch.Labels[dst:dst+w], patch.Labels[src:src+w]) })
	patch.Labels = patch.Labels[:n]
	if patch.Previous != nil {
		move(func(dst, src int) { copy(patch.Previous[dst:dst+w], patch.Previous[src:src+w]) })
		patch.Previous = patch.Previous[:n]
	}
	patch.Data, patch.Shape = patch.Data[:patch.Channels*n], size
}

package importer

import (
	"errors"
	"fmt"
	"math"

	"github.com/autoseg/autoseg/volume"
)

// corner returns the world position of voxel (z, y, x).
func corner(g volume.Geometry, voxel [3]int) (p [3]float64) {
	for row := range 3 {
		p[row] = g.Origin[row]
		for axis := range 3 { // x, y, z
			p[row] += g.Direction[3*row+axis] * g.Spacing[2-axis] * float64(voxel[2-axis])
		}
	}
	return p
}

// displacement is how far the corners of two grids of one shape are apart at most, in mm.
func displacement(a, b volume.Geometry) (far float64) {
	for i := range 8 {
		var v [3]int
		for axis := range 3 {
			if i>>axis&1 == 1 {
				v[axis] = a.Shape[axis] - 1
			}
		}
		p, q := corner(a, v), corner(b, v)
		far = max(far, math.Hypot(math.Hypot(p[0]-q[0], p[1]-q[1]), p[2]-q[2]))
	}
	return far
}

// tolerance is the distance in mm up to which two headers say the same: a hundredth of a voxel.
func tolerance(g volume.Geometry) float64 {
	return max(1e-3, min(g.Spacing[0], g.Spacing[1], g.Spacing[2])/100)
}

// headerless reports whether a geometry is what a program writes that was told none: unit voxels at the origin,
// with or without the signs that turn RAS into LPS.
func headerless(g volume.Geometry) bool {
	for i, d := range g.Direction {
		want := 0.0
		if i%4 == 0 {
			want = 1
		}
		if math.Abs(math.Abs(d)-want) > 1e-6 {
			return false
		}
	}
	unit := func(s float64) bool { return math.Abs(s-1) < 1e-6 }
	return g.Origin == [3]float64{} && unit(g.Spacing[1]) && unit(g.Spacing[2]) && (unit(g.Spacing[0]) || g.Shape[0] == 1)
}

// fit puts labels on the grid of their image: axes are turned where the headers say so, and then the header of
// the image counts. Labels of another shape are refused.
func fit(labels *volume.Labels, image volume.Geometry, trustArrays string) (fitted *volume.Labels, what []string, err error) {
	if trustArrays != "image" && !headerless(labels.Geometry) {
		turned, how, err := turn(labels, image)
		if err != nil {
			return nil, nil, err
		}
		if labels = turned; how != "" {
			what = append(what, how)
		}
	}
	if labels.Shape != image.Shape {
		return nil, nil, fmt.Errorf("labels have %v voxels, the image has %v", labels.Shape, image.Shape)
	}
	if far := displacement(labels.Geometry, image); far > tolerance(image) {
		what = append(what, fmt.Sprintf("took the header of the image: spacing %s instead of %s mm, moved by up to %.3g mm",
			spacings(image), spacings(labels.Geometry), far))
	}
	return &volume.Labels{Geometry: image, Data: labels.Data}, what, nil
}

func spacings(g volume.Geometry) string {
	return fmt.Sprintf("%.4gx%.4gx%.4g", g.Spacing[0], g.Spacing[1], g.Spacing[2])
}

// turn reorders and flips the axes of labels so that they run as those of the image do.
func turn(labels *volume.Labels, image volume.Geometry) (*volume.Labels, string, error) {
	order, flip, err := axes(labels.Geometry, image)
	if err != nil {
		return nil, "", err
	}
	if order == [3]int{0, 1, 2} && flip == [3]bool{} {
		return labels, "", nil
	}
	out := volume.NewLabels(turned(labels.Geometry, order, flip))
	var strides [3]int // of the old array, along the new axes
	old := [3]int{labels.Shape[1] * labels.Shape[2], labels.Shape[2], 1}
	start := 0
	for a := range 3 {
		strides[a] = old[order[a]]
		if flip[a] {
			start += (out.Shape[a] - 1) * strides[a]
			strides[a] = -strides[a]
		}
	}
	i := 0
	for z := range out.Shape[0] {
		for y := range out.Shape[1] {
			at := start + z*strides[0] + y*strides[1]
			for range out.Shape[2] {
				out.Data[i] = labels.Data[at]
				at += strides[2]
				i++
			}
		}
	}
	return out, fmt.Sprintf("turned axes %v, flipped %v (z, y, x), so that they run as those of the image", order, flip), nil
}

// axes finds for every array axis (z, y, x) of the image the axis of the labels that runs along it, and whether
// it runs the other way.
func axes(labels, image volume.Geometry) (order [3]int, flip [3]bool, err error) {
	used := [3]bool{}
	for a := range 3 {
		best, cosine := -1, 0.0
		for b := range 3 {
			c := 0.0
			for row := range 3 {
				c += image.Direction[3*row+2-a] * labels.Direction[3*row+2-b]
			}
			if math.Abs(c) > math.Abs(cosine) {
				best, cosine = b, c
			}
		}
		// Ten degrees: scanners' oblique slices are farther off, rounding of headers is nearer.
		if best < 0 || math.Abs(cosine) < math.Cos(10*math.Pi/180) || used[best] {
			return order, flip, errors.New("the axes of the labels do not run along those of the image; resample the labels to the image")
		}
		order[a], flip[a], used[best] = best, cosine < 0, true
	}
	return order, flip, nil
}

// turned returns the geometry of an array whose axes were reordered and flipped.
func turned(g volume.Geometry, order [3]int, flip [3]bool) volume.Geometry {
	out := g
	out.Native = nil
	var first [3]int // voxel of the old array that comes first
	for a := range 3 {
		out.Shape[a], out.Spacing[a] = g.Shape[order[a]], g.Spacing[order[a]]
		sign := 1.0
		if flip[a] {
			sign = -1
			first[order[a]] = g.Shape[order[a]] - 1
		}
		for row := range 3 {
			out.Direction[3*row+2-a] = sign * g.Direction[3*row+2-order[a]]
		}
	}
	out.Origin = corner(g, first)
	return out
}

// checkUnits refuses spacings and values that are in no unit the dataset can have.
func (l *loaded) checkUnits(f *Format) error {
	if err := l.image.Validate(); err != nil {
		return err
	}
	for i, v := range l.image.Data {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			l.image.Data[i] = 0
			l.countBad++
		}
	}
	if l.countBad > 0 {
		l.note("", "replaced %d voxels that are no numbers by 0", l.countBad)
	}
	if f.Units != "HU" {
		return nil
	}
	lowest := l.image.Data[0]
	for _, v := range l.image.Data {
		lowest = min(lowest, v)
	}
	if lowest >= 0 && len(l.image.Data) > 1 {
		l.note("", "no voxel is below 0, so that these may not be Hounsfield units; values were kept")
	}
	return nil
}

package evaluate

import (
	"fmt"
	"math"
	"slices"

	"github.com/autoseg/autoseg/volume"
)

// Surfaces are the distances between a reference R and a prediction P of one class, in mm
// (architectures.md 12.2). Every metric of surfaces follows from them.
type Surfaces struct {
	// ToPrediction holds, for every surface voxel of R, the distance to the surface of P; ToReference
	// the other way around. Both ascend.
	ToPrediction, ToReference []float64
	// Reference and Prediction are the numbers of voxels of the masks, ignored ones left out.
	Reference, Prediction int

	// Sums of the distances from the voxels of one mask to the other mask.
	voxelsToPrediction, voxelsToReference float64
	// sums of the two lists, in the order of the voxels
	surfaceToPrediction, surfaceToReference float64
}

// empty returns what a distance is when a mask is empty: undefined without both, infinite without one.
func (s *Surfaces) empty() (float64, bool) {
	switch {
	case s.Reference == 0 && s.Prediction == 0:
		return math.NaN(), true
	case s.Reference == 0 || s.Prediction == 0:
		return math.Inf(1), true
	}
	return 0, false
}

// Hausdorff returns the largest distance in either direction.
func (s *Surfaces) Hausdorff() float64 {
	if v, empty := s.empty(); empty {
		return v
	}
	return max(s.ToPrediction[len(s.ToPrediction)-1], s.ToReference[len(s.ToReference)-1])
}

// Percentile returns the larger one of the directed percentiles, for example 95 for HD95, interpolated
// linearly between the neighbouring distances.
func (s *Surfaces) Percentile(percent float64) float64 {
	if v, empty := s.empty(); empty {
		return v
	}
	return max(quantile(s.ToPrediction, percent/100), quantile(s.ToReference, percent/100))
}

// PooledPercentile returns the percentile of the distances of both directions together, another common
// convention with other numbers.
func (s *Surfaces) PooledPercentile(percent float64) float64 {
	if v, empty := s.empty(); empty {
		return v
	}
	both := slices.Concat(s.ToPrediction, s.ToReference)
	slices.Sort(both)
	return quantile(both, percent/100)
}

// ASD returns the mean distances from the surface of the prediction to that of the reference and back.
func (s *Surfaces) ASD() (predictionToReference, referenceToPrediction float64) {
	if v, empty := s.empty(); empty {
		return v, v
	}
	return s.surfaceToReference / float64(len(s.ToReference)), s.surfaceToPrediction / float64(len(s.ToPrediction))
}

// ASSD returns the mean distance over the surface voxels of both sides, also called S2S.
func (s *Surfaces) ASSD() float64 {
	if v, empty := s.empty(); empty {
		return v
	}
	return (s.surfaceToReference + s.surfaceToPrediction) / float64(len(s.ToReference)+len(s.ToPrediction))
}

// AVDForm names one of the definitions of the average Hausdorff distance.
type AVDForm string

// The forms: between all voxels of the masks, the larger of the two directed means (Taha and Hanbury
// 2015) or their mean (Aydin et al. 2021); and between the surfaces, the larger one.
const (
	AVDVoxels     AVDForm = "voxels"
	AVDVoxelsMean AVDForm = "voxels-mean"
	AVDSurface    AVDForm = "surface"
)

// AVDForms lists the forms, the default first.
var AVDForms = []string{string(AVDVoxels), string(AVDVoxelsMean), string(AVDSurface)}

// AverageHausdorff returns the average Hausdorff distance. It panics on an unknown form.
func (s *Surfaces) AverageHausdorff(form AVDForm) float64 {
	if v, empty := s.empty(); empty {
		return v
	}
	there, back := s.voxelsToPrediction/float64(s.Reference), s.voxelsToReference/float64(s.Prediction)
	switch form {
	case AVDVoxels:
		return max(there, back)
	case AVDVoxelsMean:
		return (there + back) / 2
	case AVDSurface:
		return max(s.ASD())
	}
	panic(fmt.Sprintf("evaluate: unknown form %q of the average Hausdorff distance", form))
}

// toleranceSlack makes a distance equal to the tolerance count on every machine (architectures.md 12.2).
const toleranceSlack = 1e-9

// SurfaceDice returns the share of surface voxels, of both sides, that lie within a tolerance in mm of
// the other surface: 0 when one mask is empty, undefined when both are.
func (s *Surfaces) SurfaceDice(tolerance float64) float64 {
	if v, empty := s.empty(); empty {
		if math.IsNaN(v) {
			return v
		}
		return 0
	}
	near := within(s.ToPrediction, tolerance+toleranceSlack) + within(s.ToReference, tolerance+toleranceSlack)
	return float64(near) / float64(len(s.ToPrediction)+len(s.ToReference))
}

// within counts the ascending values up to limit.
func within(ascending []float64, limit float64) int {
	n, _ := slices.BinarySearchFunc(ascending, limit, func(v, limit float64) int {
		if v <= limit {
			return -1
		}
		return 1
	})
	return n
}

// quantile interpolates linearly at position q(n-1) of ascending values, as numpy does by default.
// Undefined without values.
func quantile(ascending []float64, q float64) float64 {
	if len(ascending) == 0 {
		return math.NaN()
	}
	position := q * float64(len(ascending)-1)
	k := min(int(position), len(ascending)-1)
	rest := position - float64(k)
	if rest == 0 || ascending[k] == ascending[min(k+1, len(ascending)-1)] {
		return ascending[k] // also between two infinities, whose difference is undefined
	}
	return ascending[k] + rest*(ascending[k+1]-ascending[k])
}

// Diagonal returns the length of an image's diagonal in mm: what a missed structure may be given instead
// of infinity.
func Diagonal(g volume.Geometry) float64 {
	sum := 0.0
	for i, n := range g.Shape {
		sum += float64(n) * g.Spacing[i] * float64(n) * g.Spacing[i]
	}
	return math.Sqrt(sum)
}

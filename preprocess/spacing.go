package preprocess

import (
	"math"
	"slices"

	"github.com/autoseg/autoseg/volume"
)

// anisotropy is the ratio of the largest to the smallest spacing above which the axis of the largest
// is resampled separately (nnU-Net's ANISO_THRESHOLD).
const anisotropy = 3

// targetSpacing returns the spacing that a case is resampled to. A plan for slices has two numbers:
// the slices stay as far apart as they are.
func targetSpacing(plan []float64, current [3]float64) [3]float64 {
	if len(plan) == 2 {
		return [3]float64{current[0], plan[0], plan[1]}
	}
	return [3]float64(plan)
}

// resampledShape returns the shape that covers the same extent at another spacing. The ratio is formed
// first and halves are rounded to even (nnU-Net's compute_new_shape). An axis keeps at least one voxel,
// where nnU-Net fails.
func resampledShape(shape [3]int, current, target [3]float64) [3]int {
	var r [3]int
	for i, n := range shape {
		r[i] = max(1, int(math.RoundToEven(current[i]/target[i]*float64(n))))
	}
	return r
}

// separateAxis returns the axis whose slices are resampled one by one, or none: the one axis of
// largest spacing, before or else after resampling, where spacings are anisotropic. Two axes that
// share the largest spacing are none, and then the second spacing is not asked. A forced decision
// is for or against the axis of the current spacing (determine_do_sep_z_and_axis).
func separateAxis(current, target [3]float64, force *bool) volume.Axis {
	switch {
	case force != nil && !*force:
		return volume.NoAxis
	case force != nil || anisotropic(current):
		return largestAxis(current)
	case anisotropic(target):
		return largestAxis(target)
	}
	return volume.NoAxis
}

func anisotropic(spacing [3]float64) bool {
	return slices.Max(spacing[:])/slices.Min(spacing[:]) > anisotropy
}

func largestAxis(spacing [3]float64) volume.Axis {
	axis, largest := volume.NoAxis, slices.Max(spacing[:])
	for i, s := range spacing {
		if largest/s != 1 {
			continue
		}
		if axis != volume.NoAxis {
			return volume.NoAxis
		}
		axis = volume.AxisZ + volume.Axis(i)
	}
	return axis
}

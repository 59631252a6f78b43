package planner

import (
	"math"
	"slices"
)

// lowResolution plans 3d_lowres: the spacing is made coarser in steps of 3 % until a patch covers a
// quarter of the median image. While the axes differ by more than a factor of 2 only the fine ones are
// coarsened. There is no such stage (nil) where the patch of full resolution covers that much already,
// or where the result has not even half of the voxels (plan_experiment).
func (r rules) lowResolution(in *Input, full stage) (*stage, error) {
	spacing := slices.Clone(full.spacing)
	voxels, patch := product(full.median), productInts(full.patch)
	var low *stage
	for patch/voxels < lowresThreshold {
		coarsen(spacing)
		raw := make([]float64, len(spacing))
		rounded := make([]float64, len(spacing))
		for i := range raw {
			raw[i] = full.spacing[i] / spacing[i] * full.median[i]
			rounded[i] = math.RoundToEven(raw[i])
		}
		voxels = product(raw)
		s, err := r.plan(in, stage{name: "3d_lowres", spacing: slices.Clone(spacing), median: rounded,
			voxels: voxels * float64(in.NumTraining)})
		if err != nil {
			return nil, err
		}
		low, patch = &s, productInts(s.patch)
	}
	if low == nil || product(full.median)/voxels < 2 {
		return nil, nil
	}
	return low, nil
}

// coarsen multiplies the spacing of all axes, or of the fine ones while some are more than twice finer
// than the coarsest.
func coarsen(spacing []float64) {
	coarsest := slices.Max(spacing)
	some := slices.ContainsFunc(spacing, func(s float64) bool { return coarsest/s > 2 })
	for i, s := range spacing {
		if !some || coarsest/s > 2 {
			spacing[i] = s * lowresSpacingFactor
		}
	}
}

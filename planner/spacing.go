package planner

import "math"

// targetSpacing returns the spacing that 3d_fullres resamples to, in the files' axis order: the median
// per axis. If one axis has a spacing more than three times coarser than the others and also less than
// a third of their voxels, its 10th percentile is used instead, so that the finer scans of the dataset
// keep their slices; but never finer than the other axes (determine_fullres_target_spacing).
func targetSpacing(in *Input) (target [3]float64, anisotropic bool) {
	target = perAxis(in.Spacings, halfway)
	size := perAxis(in.Shapes, halfway)
	worst := argmax(target)
	coarsest, smallest := 0.0, math.Inf(1)
	for axis := range target {
		if axis != worst {
			coarsest, smallest = max(coarsest, target[axis]), min(smallest, size[axis])
		}
	}
	if !(target[worst] > anisotropy*coarsest) || !(size[worst]*anisotropy < smallest) {
		return target, false
	}
	v := percentile(column(in.Spacings, worst), 10)
	if v < coarsest {
		v = coarsest + 1e-5
	}
	target[worst] = v
	return target, true
}

// transposition brings the axis of the coarsest target spacing to the front and keeps the order of the
// others; the second result is the inverse permutation (determine_transpose).
func transposition(target [3]float64) (forward, backward [3]int) {
	first := argmax(target)
	forward[0] = first
	i := 1
	for axis := range 3 {
		if axis != first {
			forward[i] = axis
			i++
		}
	}
	for i, axis := range forward {
		backward[axis] = i
	}
	return forward, backward
}

func permute[T any](v [3]T, order [3]int) [3]T {
	return [3]T{v[order[0]], v[order[1]], v[order[2]]}
}

// medianShape returns the median over cases of the shapes after resampling to the target spacing, in
// the files' axis order. The ratio of spacings comes before the product with the shape; the median of
// an even number of cases may end in .5 and stays so.
func medianShape(in *Input, target [3]float64) [3]float64 {
	resampled := make([][3]float64, len(in.Shapes))
	for i, shape := range in.Shapes {
		for axis := range shape {
			ratio := in.Spacings[i][axis] / target[axis]
			resampled[i][axis] = math.RoundToEven(ratio * float64(shape[axis]))
		}
	}
	return perAxis(resampled, median)
}

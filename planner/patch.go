package planner

import (
	"errors"
	"math"
	"slices"
)

// initialPatch returns the patch before it is made to fit: the physical aspect ratio of a cube of 256
// voxels (a square of 2048 in 2D), but no larger than the median image, whose fractions stay.
func initialPatch(spacing, median []float64) []float64 {
	inverse := make([]float64, len(spacing))
	for i, s := range spacing {
		inverse[i] = 1 / s
	}
	scale := 0.0
	if len(spacing) == 3 {
		scale = math.Pow(256*256*256/product(inverse), 1.0/3)
	} else {
		scale = math.Sqrt(2048 * 2048 / product(inverse))
	}
	patch := make([]float64, len(spacing))
	for i, v := range inverse {
		patch[i] = min(math.RoundToEven(v*scale), median[i])
	}
	return patch
}

// fitted is a topology that fits into the memory, with its feature voxels.
type fitted struct {
	topology
	estimate float64
	shrunk   int // how often the patch was made smaller
}

// fit makes the patch smaller until the estimate is acceptable. Each time the axis whose patch covers
// most of the median image loses one step, which is the divisor that the axis would have afterwards.
func fit(spacing, median []float64, estimate func(topology) float64, tooBig func(float64) bool) (fitted, error) {
	f := fitted{topology: topologyFor(spacing, initialPatch(spacing, median))}
	f.estimate = estimate(f.topology)
	for tooBig(f.estimate) {
		axis := largestShare(f.patch, median)
		reduced := floats(f.patch)
		reduced[axis] -= float64(f.divisor[axis])
		if reduced[axis] < 1 {
			return f, errors.New("not even the smallest patch fits into the memory; allow more memory")
		}
		after := topologyFor(spacing, reduced)
		reduced[axis] = float64(f.patch[axis] - after.divisor[axis])
		f.topology = topologyFor(spacing, reduced)
		f.estimate = estimate(f.topology)
		f.shrunk++
	}
	return f, nil
}

// largestShare returns the axis with the largest ratio of patch to median; among equals the highest,
// which is the last element of numpy's argsort.
func largestShare(patch []int, median []float64) int {
	best, share := 0, math.Inf(-1)
	for i, n := range patch {
		if s := float64(n) / median[i]; s >= share {
			best, share = i, s
		}
	}
	return best
}

func floats(v []int) []float64 {
	all := make([]float64, len(v))
	for i, n := range v {
		all[i] = float64(n)
	}
	return all
}

// stageFeatures doubles the features per stage up to a maximum.
func stageFeatures(base, most, stages int) []int {
	all := make([]int, stages)
	for s := range all {
		all[s] = int(math.Min(float64(most), float64(base)*math.Pow(2, float64(s))))
	}
	return all
}

// repeatLast returns the first n numbers of a table; beyond its end the last one repeats.
func repeatLast(table []int, n int) []int {
	all := slices.Clone(table[:min(n, len(table))])
	for len(all) < n {
		all = append(all, table[len(table)-1])
	}
	return all
}

// batchSize fills the budget with patches, but takes at most a share of the dataset's voxels per step
// and at least two patches.
func batchSize(reference, cap int) int { return max(min(reference, cap), minBatch) }

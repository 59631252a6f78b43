package dataset

import (
	"math"
	"sort"
)

// Estimate says what the run on a dataset will take before training starts, at the median spacing.
// What training takes depends on the plan; run prints it before it begins.
type Estimate struct {
	// Disk is the size in bytes of the preprocessed cases of the 2d and 3d_fullres configurations.
	Disk int64 `json:"disk_bytes"`
	// Memory is the peak in bytes that preprocessing the largest case needs per worker.
	Memory int64 `json:"memory_bytes_per_worker"`
	// Seconds is how long one worker takes to read everything once, measured just now, and to
	// resample and write it, at a typical speed.
	Seconds float64 `json:"preprocess_seconds_one_worker"`
}

const (
	// voxelsPerSecond is what one core resamples with cubic splines and writes, in round numbers.
	voxelsPerSecond = 15e6
	// copies is how many arrays of the resampled size preprocessing holds at once (image and
	// intermediate axes; see package preprocess).
	copies = 3
)

func (d *Dataset) estimate(seen []caseLook) Estimate {
	var target [3]float64
	for axis := range 3 {
		var values []float64
		for _, l := range seen {
			if l.training && l.geometry.Shape != [3]int{} {
				values = append(values, l.geometry.Spacing[axis])
			}
		}
		if len(values) == 0 {
			return Estimate{}
		}
		sort.Float64s(values)
		target[axis] = values[len(values)/2]
	}
	var e Estimate
	for _, l := range seen {
		e.Seconds += l.seconds
		if !l.training || l.geometry.Shape == [3]int{} {
			continue
		}
		voxels := 1.0
		for axis, n := range l.geometry.Shape {
			voxels *= math.Max(1, float64(n)*l.geometry.Spacing[axis]/target[axis])
		}
		channels := float64(len(d.Channels))
		bytes := voxels * (4*channels + 2)
		e.Disk += int64(2 * bytes) // 2d and 3d_fullres
		e.Memory = max(e.Memory, int64(copies*bytes+float64(l.geometry.Voxels())*(4*channels+2)))
		e.Seconds += 2 * voxels * channels / voxelsPerSecond
	}
	return e
}

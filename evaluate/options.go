package evaluate

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/volume"
)

// Options say how label maps are compared.
type Options struct {
	// Classes are the labels or regions; Ignore is the label that does not count, or NoIgnore.
	Classes []Class
	Ignore  int
	// Surface adds the metrics of surfaces; nil leaves them out.
	Surface *SurfaceOptions
	// BothEmpty is what overlap metrics and surface metrics are where neither map has the class.
	BothEmpty BothEmpty
	// Formats reads label files by their ending.
	Formats volume.Formats
	// Workers is the number of threads, and of cases in memory at a time; 0 means one.
	Workers int
	// Progress, if not nil, is called after every case from any goroutine.
	Progress func(done, total int)
}

// SurfaceOptions say how surfaces are compared.
type SurfaceOptions struct {
	// Tolerance is the distance in mm that the surface Dice forgives.
	Tolerance float64
	// AVD is the form of the average Hausdorff distance.
	AVD AVDForm
	// Missed is the distance to a mask that is empty while the other is not.
	Missed Missed
}

// BothEmpty says what a class that neither map has counts as.
type BothEmpty string

// The choices: nnU-Net leaves the case out of the mean; some challenges count it as perfect.
const (
	Undefined BothEmpty = "undefined"
	Perfect   BothEmpty = "perfect"
)

// Missed says what the distance to a missed structure is.
type Missed string

// The choices: infinity, or the length of the image's diagonal.
const (
	Infinite      Missed = "infinite"
	ImageDiagonal Missed = "diagonal"
)

// DefaultSurface returns the options that CLI.md names: 1 mm, the voxel form with the maximum, infinity.
func DefaultSurface() SurfaceOptions {
	return SurfaceOptions{Tolerance: 1, AVD: AVDVoxels, Missed: Infinite}
}

// Validate reports the first option that makes no sense.
func (o *Options) Validate() error {
	if o.BothEmpty != "" && o.BothEmpty != Undefined && o.BothEmpty != Perfect {
		return fmt.Errorf("both empty %q: want %s or %s", o.BothEmpty, Undefined, Perfect)
	}
	s := o.Surface
	if s == nil {
		return nil
	}
	switch {
	case !(s.Tolerance >= 0) || math.IsInf(s.Tolerance, 0):
		return fmt.Errorf("tolerance %g mm: want a number from 0", s.Tolerance)
	case s.AVD != AVDVoxels && s.AVD != AVDVoxelsMean && s.AVD != AVDSurface:
		return fmt.Errorf("average Hausdorff form %q: want one of %v", s.AVD, AVDForms)
	case s.Missed != Infinite && s.Missed != ImageDiagonal:
		return fmt.Errorf("missed %q: want %s or %s", s.Missed, Infinite, ImageDiagonal)
	}
	return nil
}

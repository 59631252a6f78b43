package planner

import (
	"errors"
	"fmt"
	"math"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
)

// Input is all that planning needs to know about a dataset.
type Input struct {
	// Dataset is the dataset's name.
	Dataset string
	// Shapes and Spacings hold one entry per training case, in the files' axis order: voxels after
	// cropping to the nonzero region, and mm.
	Shapes   [][3]int
	Spacings [][3]float64
	// Intensities are the statistics of the foreground, one per channel.
	Intensities []plans.Intensity
	// RelativeSize is the median share of the voxels that cropping keeps.
	RelativeSize float64
	// Channels names the channels; the names pick the normalisation.
	Channels []string
	// LabelEntries counts the entries of labels in dataset.json: background, ignore and regions too.
	LabelEntries int
	// NumTraining is the number of training cases that dataset.json states; nnU-Net multiplies by it
	// without counting again.
	NumTraining int
	// Reader is nnU-Net's name of the class that reads the images.
	Reader string
}

// Validate checks what the rules rely on. All findings are returned, joined.
func (in *Input) Validate() error {
	var findings []error
	fail := func(format string, args ...any) { findings = append(findings, fmt.Errorf(format, args...)) }
	if len(in.Shapes) == 0 {
		fail("the fingerprint has no cases; planning needs at least one")
	}
	if len(in.Shapes) != len(in.Spacings) {
		fail("the fingerprint has %d shapes and %d spacings; want one of each per case", len(in.Shapes), len(in.Spacings))
	}
	for i, s := range in.Spacings {
		for _, v := range s {
			if !(v > 0) || math.IsInf(v, 0) {
				fail("case %d of the fingerprint has the spacing %v; want positive numbers of mm", i, s)
				break
			}
		}
	}
	for i, s := range in.Shapes {
		if s[0] < 1 || s[1] < 1 || s[2] < 1 {
			fail("case %d of the fingerprint has the shape %v; want positive numbers of voxels", i, s)
		}
	}
	if len(in.Channels) == 0 {
		fail("dataset.json names no channels")
	}
	if len(in.Intensities) != len(in.Channels) {
		fail("the fingerprint has intensities of %d channels and dataset.json names %d; make the fingerprint again",
			len(in.Intensities), len(in.Channels))
	}
	if in.LabelEntries < 2 {
		fail("dataset.json has %d labels; want background and at least one more", in.LabelEntries)
	}
	if in.NumTraining < 1 {
		fail("dataset.json says numTraining is %d; want at least 1", in.NumTraining)
	}
	return fault.Input(errors.Join(findings...))
}

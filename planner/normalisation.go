package planner

import (
	"strings"

	"github.com/autoseg/autoseg/plans"
)

// schemeFor chooses the normalisation by the channel's name (nnunet-data.md 4.8).
func schemeFor(channel string) plans.Scheme {
	switch strings.ToLower(channel) {
	case "ct":
		return plans.CT
	case "nonorm":
		return plans.None
	case "rescale_to_0_1":
		return plans.RescaleTo1
	case "rgb_to_0_1":
		return plans.RGBTo1
	}
	return plans.ZScore
}

// maskThreshold is the share of voxels below which cropping means that most of an image is empty.
const maskThreshold = 0.75

// normalisations returns the treatment of every channel. A z-score is restricted to the nonzero region
// where the median case loses more than a quarter of its voxels by cropping.
func normalisations(channels []string, masked bool) []plans.Normalisation {
	all := make([]plans.Normalisation, len(channels))
	for i, c := range channels {
		all[i].Scheme = schemeFor(c)
		all[i].UseMask = masked && all[i].Scheme == plans.ZScore
	}
	return all
}

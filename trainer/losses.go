package trainer

import (
	"github.com/autoseg/autoseg/augment"
	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/plans"
)

// CheckLoss says why a configuration's loss cannot be trained with on a dataset's labels. New checks it too;
// it is for those who want to know before they preprocess.
func CheckLoss(c *plans.Configuration, labelling dataset.Labelling) error {
	_, err := loss.ForPlan(c, labelling)
	return fault.Input(err)
}

// mapFor returns what the loss of a configuration wants to know about voxels besides their labels, or nil.
func mapFor(c *plans.Configuration, labelling dataset.Labelling) augment.Map {
	l, spacing := c.Loss, spacingOf(c)
	switch {
	case l.Name == plans.Boundary:
		return augment.SignedDistances{Spacing: spacing, Classes: classesOf(labelling)}
	case l.Name == plans.WeightedCE || l.Name == plans.Focal && l.ClassWeights != nil:
		w := augment.BorderWeights{Spacing: spacing, W0: l.W0, Sigma: l.Sigma, Balance: l.Balance, Classes: l.ClassWeights, Ignore: -1}
		if label, has := labelling.Ignore(); has {
			w.Ignore = label
		}
		return w
	}
	return nil
}

// spacingOf returns the spacing of patches along three axes; that across a 2D patch does not matter.
func spacingOf(c *plans.Configuration) [3]float64 {
	s := [3]float64{1, 1, 1}
	copy(s[3-len(c.Spacing):], c.Spacing)
	return s
}

// classesOf lists the label sets that get a pseudo Dice and, with some losses, a map.
func classesOf(labelling dataset.Labelling) [][]int {
	var r [][]int
	if labelling.HasRegions() {
		for _, region := range labelling.Regions() {
			r = append(r, region.Labels)
		}
		return r
	}
	for _, l := range labelling.Foreground() {
		r = append(r, []int{l})
	}
	return r
}

package loss

import (
	"fmt"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/plans"
)

// constructors maps the names of a plan's losses to them.
var constructors = map[string]func(p plans.Loss, t Truth) Loss{
	plans.WeightedCE: func(p plans.Loss, t Truth) Loss {
		return WeightedCrossEntropy{Truth: t, Normalised: p.W0 == 0}
	},
	plans.VNetDice:        func(_ plans.Loss, t Truth) Loss { return VNetDice{t} },
	plans.GeneralisedDice: func(_ plans.Loss, t Truth) Loss { return GeneralisedDice{t} },
	plans.IoU:             func(_ plans.Loss, t Truth) Loss { return IoU{t} },
	plans.Tversky:         func(p plans.Loss, t Truth) Loss { return Tversky{t, p.Alpha, p.Beta, 1} },
	plans.FocalTversky:    func(p plans.Loss, t Truth) Loss { return Tversky{t, p.Alpha, p.Beta, p.Gamma} },
	plans.Focal: func(p plans.Loss, t Truth) Loss {
		return Focal{Truth: t, Gamma: p.Gamma, Weighted: p.ClassWeights != nil}
	},
	plans.TopK: func(p plans.Loss, t Truth) Loss { return TopK{t, p.K} },
	plans.Boundary: func(p plans.Loss, t Truth) Loss {
		return RisingBoundary{Boundary{t}, op.Ramp{Start: p.Start, Step: p.Step, End: p.End}}
	},
}

// ForPlan returns the loss of a configuration for a dataset's labels, or says why it has no meaning for
// them.
func ForPlan(c *plans.Configuration, l dataset.Labelling) (Loss, error) {
	if c.Loss.IsDefault() {
		return For(l, c.BatchDice), nil
	}
	construct, known := constructors[c.Loss.Name]
	if !known {
		return nil, fmt.Errorf("configuration %s: the plan's loss is %q, which does not exist", c.Name, c.Loss.Name)
	}
	if err := fits(c.Loss, l); err != nil {
		return nil, fmt.Errorf("configuration %s: the plan's loss %s %w", c.Name, c.Loss.Name, err)
	}
	ignore, has := l.Ignore()
	t := Truth{Regions: l.HasRegions(), BatchDice: c.BatchDice}
	switch {
	case t.Regions:
		t.IgnoreChannel = has
	case has:
		t.Ignore = ignore
	}
	return construct(c.Loss, t), nil
}

// fits says why a loss has no meaning for labels.
func fits(p plans.Loss, l dataset.Labelling) error {
	_, ignore := l.Ignore()
	switch {
	case p.Name == plans.WeightedCE && l.HasRegions():
		return fmt.Errorf("weights the voxels of labels that exclude each other, and this dataset has regions; use focal or topk")
	case p.ClassWeights != nil && l.HasRegions():
		return fmt.Errorf("has class_weights, which belong to labels, and this dataset has regions; leave them out")
	case p.Name == plans.Boundary && ignore:
		return fmt.Errorf("measures distances to boundaries, which are unknown where labels are ignored; use another loss for this dataset")
	case p.ClassWeights != nil && len(p.ClassWeights) != l.Heads():
		return fmt.Errorf("has %d class_weights, and the dataset has %d labels with the background", len(p.ClassWeights), l.Heads())
	}
	return nil
}

package preprocess

import (
	"fmt"

	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
)

// nnU-Net's resampling functions.
const (
	resampleSpline = "resample_data_or_seg_to_shape"
	resampleTorch  = "resample_torch_fornnunet"
	resampleNot    = "no_resampling_hack"
)

// method is one kind of array's way from one spacing to another.
type method struct{ plan plans.Resampling }

// methods are the ways of the three kinds of arrays.
type methods struct{ data, labels, probabilities method }

func methodsOf(c *plans.Configuration) (methods, error) {
	m := methods{method{c.ResampleData}, method{c.ResampleLabels}, method{c.ResampleProbabilities}}
	for name, one := range map[string]method{"data": m.data, "labels": m.labels, "probabilities": m.probabilities} {
		if err := one.validate(); err != nil {
			return m, fmt.Errorf("resampling of %s: %w", name, err)
		}
	}
	if m.labels.plan.Order == int(volume.Cubic) || m.labels.plan.OrderZ == int(volume.Cubic) {
		return m, fmt.Errorf("resampling of labels: order 3 has no meaning for labels, want 0 or 1")
	}
	return m, nil
}

func (m method) validate() error {
	switch m.plan.Function {
	case resampleTorch, resampleNot:
		return nil
	case resampleSpline:
		return volume.Resampling{Order: volume.Order(m.plan.Order), AcrossOrder: volume.Order(m.plan.OrderZ)}.Validate()
	}
	return fmt.Errorf("no function %q; want %s, %s or %s", m.plan.Function, resampleSpline, resampleTorch, resampleNot)
}

// keepsShape reports whether arrays stay as they are whatever the spacing.
func (m method) keepsShape() bool { return m.plan.Function == resampleNot }

// between returns how to resample from one spacing to another.
func (m method) between(current, target [3]float64) volume.Resampling {
	axis := separateAxis(current, target, m.plan.ForceSeparateZ)
	if m.plan.Function == resampleTorch {
		return volume.Resampling{Order: volume.Linear, Across: axis, AcrossOrder: volume.NearestExact}
	}
	return volume.Resampling{Order: volume.Order(m.plan.Order), Across: axis, AcrossOrder: volume.Order(m.plan.OrderZ)}
}

// resampleLabels resamples a label map by the rule of the plan's function.
func (m method) resampleLabels(dst, src volume.Grid[int16], r volume.Resampling) {
	if m.plan.Function == resampleTorch {
		volume.ResampleLabelsTorch(dst, src, r)
		return
	}
	volume.ResampleLabels(dst, src, r)
}

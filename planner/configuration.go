package planner

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
)

// stage is one configuration in the making, with the numbers that its reasons quote.
type stage struct {
	name    string
	spacing []float64
	median  []float64
	voxels  float64 // of the whole dataset at this spacing

	fitted
	initial        []float64
	budget         float64
	batchReference int // patches that fill the budget
	batchCap       int // patches that hold the largest share of the dataset
	batch          int
	architecture   plans.Architecture
}

// plan decides patch, network and batch of one configuration (get_plans_for_configuration).
func (r rules) plan(in *Input, s stage) (stage, error) {
	d := len(s.spacing)
	w := widths{baseFeatures, maxFeatures(d)}
	s.initial = initialPatch(s.spacing, s.median)
	s.budget = r.budget(d)
	if err := checkMedian(s.median); err != nil {
		return s, fmt.Errorf("plan %s: %w", s.name, err)
	}
	var failed error
	estimate := func(t topology) float64 {
		a, err := architecture(r.network, t, r.shortOfMemory(w))
		if err != nil {
			failed = err
			return 0
		}
		size := network.Footprint(a, t.patch, len(in.Channels), in.LabelEntries)
		return float64(size.FeatureVoxels + size.Switches)
	}
	var err error
	s.fitted, err = fit(s.spacing, s.median, estimate, func(e float64) bool { return r.tooBig(e, d) })
	if failed != nil {
		err = failed
	}
	if err != nil {
		return s, fmt.Errorf("plan %s: %w", s.name, err)
	}
	s.architecture, err = architecture(r.network, s.topology, r.shortOfMemory(w))
	s.batchReference = round(s.budget / s.estimate * float64(referenceBatch(d)))
	s.batchCap = round(math.Min(s.voxels*r.cap/productInts(s.patch), math.MaxInt32))
	s.batch = batchSize(s.batchReference, s.batchCap)
	return s, err
}

// tooBig says whether a patch with that estimate must shrink. The rule of the plain planner rescales by
// the reference batch, so that its 2D patches shrink only above six times the reference; the residual
// presets compare directly.
func (r rules) tooBig(estimate float64, dimensions int) bool {
	if r.network == "residual" {
		return estimate > r.budget(dimensions)
	}
	return estimate/float64(referenceBatch(dimensions))*2 > r.budget(dimensions)
}

// shortOfMemory halves the features of a V-Net once more below the reference memory: its 5-kernels make
// the width the first thing to save (architectures.md, chapter 10).
func (r rules) shortOfMemory(w widths) widths {
	if r.network == "vnet" && r.memoryGB < r.budgetGB {
		return widths{w.base / 2, w.most / 2}
	}
	return w
}

func checkMedian(median []float64) error {
	for axis, n := range median {
		if n < 1 {
			return fmt.Errorf("the median image has %v voxels along axis %d; check spacings and target spacing", n, axis)
		}
	}
	return nil
}

// configuration writes a stage into the form of a plan.
func (s *stage) configuration(r rules, normalisation []plans.Normalisation) *plans.Configuration {
	spline := func(order int) plans.Resampling {
		return plans.Resampling{Function: plans.SplineResampling, Order: order}
	}
	return &plans.Configuration{
		Name:                  s.name,
		DataIdentifier:        r.dataIdentifier(s.name),
		Preprocessor:          "DefaultPreprocessor",
		BatchSize:             s.batch,
		PatchSize:             s.patch,
		MedianShape:           s.median,
		Spacing:               s.spacing,
		Normalisation:         normalisation,
		ResampleData:          spline(3),
		ResampleLabels:        spline(1),
		ResampleProbabilities: spline(1),
		Architecture:          s.architecture,
	}
}

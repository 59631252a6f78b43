package planner

import (
	"fmt"

	"github.com/autoseg/autoseg/plans"
)

// Plan decides target spacing, normalisation, patch, batch and network of every configuration that the
// dataset calls for. The same input always gives the same plan.
func Plan(in Input, o Options) (*plans.Plans, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := in.Validate(); err != nil {
		return nil, fmt.Errorf("plan %s: %w", in.Dataset, err)
	}
	if o.Planner == decathlon2018 {
		return planDecathlon(&in, o)
	}
	return planNNUNet(&in, o)
}

// geometry is what all configurations share: the target spacing and the median shape there, both in
// the order of forward.
type geometry struct {
	forward, backward [3]int
	target, median    [3]float64
	anisotropic       bool // the coarse axis got its 10th percentile
}

func geometryOf(in *Input, o Options, rule func(*Input) ([3]float64, bool)) geometry {
	var g geometry
	target, anisotropic := rule(in)
	if o.TargetSpacing != nil {
		target, anisotropic = *o.TargetSpacing, false
	}
	g.anisotropic = anisotropic
	g.forward, g.backward = transposition(target)
	g.target = permute(target, g.forward)
	g.median = permute(medianShape(in, target), g.forward)
	return g
}

// planNNUNet is nnU-Net's plan_experiment.
func planNNUNet(in *Input, o Options) (*plans.Plans, error) {
	r := rulesFor(o)
	g := geometryOf(in, o, targetSpacing)
	voxels := product(g.median[:]) * float64(in.NumTraining)
	p := frame(in, o, r, g)
	masked := in.RelativeSize < maskThreshold
	normalisation := func() []plans.Normalisation { return normalisations(in.Channels, masked) }
	why := reasons{in: in, rules: r, geometry: g, of: p.Reasons}
	why.dataset(o)

	flat, err := r.plan(in, stage{name: "2d", spacing: g.target[1:], median: g.median[1:], voxels: voxels})
	if err != nil {
		return nil, err
	}
	p.Configurations = append(p.Configurations, flat.configuration(r, normalisation(), true))
	why.configuration(&flat, "")
	if g.median[0] == 1 { // images of one slice
		return p, nil
	}

	full, err := r.plan(in, stage{name: "3d_fullres", spacing: g.target[:], median: g.median[:], voxels: voxels})
	if err != nil {
		return nil, err
	}
	low, err := r.lowResolution(in, full)
	if err != nil {
		return nil, err
	}
	if low != nil {
		c := low.configuration(r, normalisation(), false)
		c.NextStage = "3d_cascade_fullres"
		p.Configurations = append(p.Configurations, c)
		why.configuration(low, "3d_cascade_fullres")
	}
	p.Configurations = append(p.Configurations, full.configuration(r, normalisation(), low != nil))
	why.configuration(&full, "")
	if low != nil {
		p.Configurations = append(p.Configurations, &plans.Configuration{Name: "3d_cascade_fullres",
			InheritsFrom: "3d_fullres", PreviousStage: "3d_lowres"})
		why.cascade()
	}
	return p, nil
}

// frame fills in what is not particular to a configuration.
func frame(in *Input, o Options, r rules, g geometry) *plans.Plans {
	p := &plans.Plans{
		Dataset:           in.Dataset,
		Name:              r.plansName,
		Planner:           r.planner,
		MemoryGB:          r.memoryGB,
		Network:           r.network,
		MedianSpacing:     permute(perAxis(in.Spacings, median), g.forward),
		Reader:            in.Reader,
		TransposeForward:  g.forward,
		TransposeBackward: g.backward,
		Intensities:       in.Intensities,
		Reasons:           plans.Reasons{},
	}
	shape := permute(perAxis(in.Shapes, median), g.forward)
	for axis, n := range shape {
		p.MedianShape[axis] = round(n)
	}
	return p
}

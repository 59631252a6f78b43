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
	masked := in.RelativeSize < maskThreshold
	a := assembly{
		in: in, rules: r, geometry: geometryOf(in, o, targetSpacing),
		decide:        func(s stage) (stage, error) { return r.plan(in, s) },
		lower:         func(full stage) (*stage, error) { return r.lowResolution(in, full) },
		configuration: func(s *stage) *plans.Configuration { return s.configuration(r, normalisations(in.Channels, masked)) },
		sumsOverBatch: func(name string, cascade bool) bool { return name == "2d" || (name == "3d_fullres" && cascade) },
	}
	return a.plans(o)
}

// assembly puts the configurations of a plan together, which all rule sets do in the same way.
type assembly struct {
	in       *Input
	rules    rules
	geometry geometry
	// decide completes a stage that has name, spacing, median and voxels.
	decide func(stage) (stage, error)
	// lower plans the low resolution for a full one, or returns nil.
	lower         func(full stage) (*stage, error)
	configuration func(*stage) *plans.Configuration
	// sumsOverBatch says whether the Dice loss of a configuration sums over the batch.
	sumsOverBatch func(name string, cascade bool) bool
}

func (a *assembly) plans(o Options) (*plans.Plans, error) {
	p := frame(a.in, o, a.rules, a.geometry)
	why := reasons{in: a.in, rules: a.rules, geometry: a.geometry, of: p.Reasons}
	why.dataset(o)
	stages, err := a.stages()
	if err != nil {
		return nil, err
	}
	cascade := len(stages) == 3
	for i := range stages {
		s := &stages[i]
		c := a.configuration(s)
		c.BatchDice = a.sumsOverBatch(s.name, cascade)
		if s.name == "3d_lowres" {
			c.NextStage = "3d_cascade_fullres"
		}
		p.Configurations = append(p.Configurations, c)
		why.configuration(s, c.NextStage)
	}
	if cascade {
		p.Configurations = append(p.Configurations, &plans.Configuration{Name: "3d_cascade_fullres",
			InheritsFrom: "3d_fullres", PreviousStage: "3d_lowres"})
		why.cascade()
	}
	return p, nil
}

// stages decides 2d; 3d_fullres unless the images have one slice; and before it 3d_lowres if need be.
func (a *assembly) stages() ([]stage, error) {
	g := &a.geometry
	voxels := product(g.median[:]) * float64(a.in.NumTraining)
	flat, err := a.decide(stage{name: "2d", spacing: g.target[1:], median: g.median[1:], voxels: voxels})
	if err != nil || g.median[0] == 1 {
		return []stage{flat}, err
	}
	full, err := a.decide(stage{name: "3d_fullres", spacing: g.target[:], median: g.median[:], voxels: voxels})
	if err != nil {
		return nil, err
	}
	low, err := a.lower(full)
	if err != nil || low == nil {
		return []stage{flat, full}, err
	}
	return []stage{flat, *low, full}, nil
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

package planner

import (
	"fmt"
	"maps"
	"slices"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
)

// WithNetwork returns the plans of another network for the same data: spacing, patch, batch and poolings
// of every configuration stay, so that networks can be compared on the same patches and one preprocessed
// store serves all; only the architecture is the family's own. The plans that are given do not change.
//
// A patch that the other network cannot take is bad input.
func WithNetwork(p *plans.Plans, family string) (*plans.Plans, error) {
	if err := (&Options{Network: family}).Validate(); err != nil {
		return nil, err
	}
	q := *p
	q.Network = family
	q.Configurations = nil
	if q.Reasons = maps.Clone(p.Reasons); q.Reasons == nil {
		q.Reasons = plans.Reasons{}
	}
	for _, name := range p.Names() {
		c, err := p.Configuration(name)
		if err != nil {
			return nil, err
		}
		if c.Architecture.Family != family {
			before := c.Architecture.Family
			if c.Architecture, err = retold(p, c, family); err != nil {
				return nil, fault.Input(fmt.Errorf("configuration %s: %w", name, err))
			}
			q.Reasons["configurations."+name+".architecture"] = fmt.Sprintf("the poolings of the plan's %s, with the layers of %s", before, family)
		}
		q.Configurations = append(q.Configurations, c)
	}
	return &q, nil
}

// retold builds the architecture of a family on the poolings of a configuration.
func retold(p *plans.Plans, c *plans.Configuration, family string) (plans.Architecture, error) {
	d := len(c.PatchSize)
	r := ruleSets[p.Planner]
	r.network, r.memoryGB = family, p.MemoryGB
	a, err := architecture(family, topologyOf(c), r.shortOfMemory(widthsOf(c, d)))
	if err != nil {
		return a, err
	}
	_, err = network.OutputExtent(a, c.PatchSize)
	return a, err
}

// topologyOf returns the poolings of a configuration, with the kernels as they were before its family
// changed them: V-Net turns 3 into 5, and the last stage of FCN and DeconvNet is their head.
func topologyOf(c *plans.Configuration) topology {
	a := &c.Architecture
	t := topology{strides: a.Strides, kernels: slices.Clone(a.Kernels), patch: c.PatchSize, divisor: a.Divisor()}
	switch a.Family {
	case "vnet":
		t.kernels = mapRows(a.Kernels, func(k int) int { return min(k, 3) })
	case "fcn32s", "fcn16s", "fcn8s", "deconvnet":
		t.kernels[a.Stages()-1] = slices.Repeat([]int{3}, a.Dimensions) // what topologyFor gives every bottleneck
	}
	return t
}

// widthsOf returns the features that a configuration doubles from and to: those of its own stages where the
// family takes them as planned, else the planner's.
func widthsOf(c *plans.Configuration, dimensions int) widths {
	switch f := c.Architecture.Features; c.Architecture.Family {
	case "plain", "residual", "unet", "unet_ct_dsv", "attention_unet":
		return widths{f[0], max(slices.Max(f), maxFeatures(dimensions))}
	}
	return widths{baseFeatures, maxFeatures(dimensions)}
}

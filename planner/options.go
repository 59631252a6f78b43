package planner

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
)

// Options says which rules plan, and for what. The zero value is nnU-Net's default planner.
type Options struct {
	// Planner is one of plans.Planners; "" is default.
	Planner string
	// MemoryGB is the accelerator memory to plan for; 0 is the planner's own.
	MemoryGB float64
	// Network is one of plans.Families; "" is the planner's own.
	Network string
	// TargetSpacing replaces the target spacing, in mm and in the files' axis order; nil lets the rules
	// decide. Transposition, 2d and 3d_lowres follow it.
	TargetSpacing *[3]float64
}

// Validate checks the words and numbers.
func (o *Options) Validate() error {
	if o.Planner != "" && !slices.Contains(plans.Planners, o.Planner) {
		return fault.Input(fmt.Errorf("unknown planner %q; want one of %s", o.Planner, strings.Join(plans.Planners, ", ")))
	}
	if o.Network != "" && !slices.Contains(plans.Families, o.Network) {
		return fault.Input(fmt.Errorf("unknown network %q; want one of %s", o.Network, strings.Join(plans.Families, ", ")))
	}
	if o.MemoryGB < 0 || math.IsNaN(o.MemoryGB) || o.MemoryGB > 1e6 {
		return fault.Input(fmt.Errorf("memory of %v GB; want a positive number", o.MemoryGB))
	}
	if o.Planner == decathlon2018 && o.MemoryGB != 0 {
		return fault.Input(fmt.Errorf("planner %s has fixed sizes and takes no memory; leave it away or use another planner", decathlon2018))
	}
	if o.TargetSpacing != nil {
		for _, s := range o.TargetSpacing {
			if !(s > 0) || math.IsInf(s, 0) {
				return fault.Input(fmt.Errorf("target spacing %v; want positive numbers of mm", *o.TargetSpacing))
			}
		}
	}
	return nil
}

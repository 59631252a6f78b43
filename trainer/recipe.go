package trainer

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/plans"
)

// For returns the settings of a configuration's training: Default, with what the plan says about optimiser
// and schedule.
func For(c *plans.Configuration) Config {
	config := Default()
	config.Optimise(c.Optimiser)
	config.Follow(c.Schedule)
	return config
}

// Optimise has parameters changed by an optimiser of a plan, from its rate on. The zero value changes nothing.
func (c *Config) Optimise(o plans.Optimiser) {
	if o.Name == "" {
		return
	}
	c.Rate = o.Rate
	c.Rule = engine.Rule{
		Method: o.Name, Momentum: o.Momentum, Nesterov: o.Nesterov, Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: o.Epsilon,
		WeightDecay: o.WeightDecay, ClipNorm: o.ClipNorm,
	}
}

// Follow has the rate fall by a schedule of a plan. The zero value changes nothing.
func (c *Config) Follow(s plans.Schedule) {
	if s.Name != "" {
		c.Schedule, c.Warmup = s.Name, s.Warmup
	}
}

package pipeline

import (
	"fmt"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
)

// modelName returns the folder of a configuration's model below models/.
func modelName(p *plans.Plans, c *plans.Configuration) string { return p.ModelName(c) }

// choose decides which configurations are trained: those asked for, or else all that need no other one's
// predictions.
func (r *run) choose() error {
	names := r.Configurations
	if len(names) == 0 {
		for _, name := range r.plan.Names() {
			if c, err := r.plan.Configuration(name); err == nil && c.PreviousStage == "" {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		c, err := r.plan.Configuration(name)
		if err != nil {
			return fault.Input(fmt.Errorf("%s: %w", planFile, err))
		}
		r.configurations = append(r.configurations, c)
	}
	return nil
}

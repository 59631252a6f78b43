package pipeline

import (
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
)

// modelName returns the folder of a configuration's model below models/.
func modelName(p *plans.Plans, c *plans.Configuration) string { return p.ModelName(c) }

// choose decides which configurations are trained: those asked for, or else all of the plan. The first stage
// of a cascade stands before the second, whether it was asked for or not. Unasked, a cascade is trained
// where its first stage can predict every case: with the folds of a whole cross-validation.
func (r *run) choose() error {
	names := r.Configurations
	if len(names) == 0 {
		whole := isCrossValidation(r.Folds)
		for _, name := range r.plan.Names() {
			if c, err := r.plan.Configuration(name); err == nil && (c.PreviousStage == "" || whole) {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		if err := r.add(name); err != nil {
			return err
		}
	}
	return nil
}

// add adds a configuration, and before it the one that it needs, unless it is there.
func (r *run) add(name string) error {
	if slices.ContainsFunc(r.configurations, func(c *plans.Configuration) bool { return c.Name == name }) {
		return nil
	}
	c, err := r.plan.Configuration(name)
	if err != nil {
		return fault.Input(fmt.Errorf("%s: %w", planFile, err))
	}
	if c.PreviousStage != "" {
		if err := r.add(c.PreviousStage); err != nil {
			return err
		}
	}
	r.configurations = append(r.configurations, c)
	return nil
}

// isCrossValidation reports whether folds hold all that nnU-Net makes.
func isCrossValidation(folds []string) bool {
	for _, fold := range crossValidation() {
		if !slices.Contains(folds, fold) {
			return false
		}
	}
	return true
}

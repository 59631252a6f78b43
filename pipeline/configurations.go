package pipeline

import (
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/planner"
	"github.com/autoseg/autoseg/plans"
)

// modelName returns the folder of a configuration's model below models/.
func modelName(p *plans.Plans, c *plans.Configuration) string { return p.ModelName(c) }

// choose decides which configurations of which networks are trained: those asked for, or else all of the
// plan. The first stage of a cascade stands before the second, whether it was asked for or not. Unasked, a
// cascade is trained where its first stage can predict every case: with the folds of a whole
// cross-validation.
func (r *run) choose() error {
	networks, err := r.networkPlans()
	if err != nil {
		return err
	}
	r.planOf = map[*plans.Configuration]*plans.Plans{}
	for _, p := range networks {
		for _, name := range r.configurationNames(p) {
			if err := r.add(p, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// networkPlans returns the plan of every network: plan.yaml for the one that it is made for, and for the
// others the same data, patches and poolings with their own layers, so that all of them share the
// preprocessed cases and differ in nothing else.
func (r *run) networkPlans() ([]*plans.Plans, error) {
	if len(r.Networks) == 0 {
		return []*plans.Plans{r.plan}, nil
	}
	var all []*plans.Plans
	for _, network := range r.Networks {
		p := r.plan
		if network != p.Network {
			var err error
			if p, err = planner.WithNetwork(r.plan, network); err != nil {
				return nil, fmt.Errorf("network %s on the patches of %s: %w", network, planFile, err)
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// configurationNames returns the names of the configurations of a plan that are trained.
func (r *run) configurationNames(p *plans.Plans) []string {
	if len(r.Configurations) > 0 {
		return r.Configurations
	}
	whole := isCrossValidation(r.Folds)
	var names []string
	for _, name := range p.Names() {
		if c, err := p.Configuration(name); err == nil && (c.PreviousStage == "" || whole) {
			names = append(names, name)
		}
	}
	return names
}

// add adds a configuration of a plan, and before it the one that it needs, unless its model is there.
func (r *run) add(p *plans.Plans, name string) error {
	c, err := p.Configuration(name)
	if err != nil {
		return fault.Input(fmt.Errorf("%s: %w", planFile, err))
	}
	if r.trained(modelName(p, c)) != nil {
		return nil
	}
	if c.PreviousStage != "" {
		if err := r.add(p, c.PreviousStage); err != nil {
			return err
		}
	}
	r.configurations = append(r.configurations, c)
	r.planOf[c] = p
	return nil
}

// trained returns the configuration whose model has a name, nil if this run does not train it.
func (r *run) trained(model string) *plans.Configuration {
	i := slices.IndexFunc(r.configurations, func(c *plans.Configuration) bool { return modelName(r.plan, c) == model })
	if i < 0 {
		return nil
	}
	return r.configurations[i]
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

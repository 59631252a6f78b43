package plans

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
)

// Configuration returns the configuration of a name with everything it inherits filled in. The result
// shares no memory with the plans.
func (p *Plans) Configuration(name string) (*Configuration, error) {
	c, err := p.resolve(name, nil)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s%w", prefix(p.file), err))
	}
	c.given = nil
	return c, nil
}

// Names returns the names of the configurations in their order.
func (p *Plans) Names() []string {
	var names []string
	for _, c := range p.Configurations {
		names = append(names, c.Name)
	}
	return names
}

func prefix(file string) string {
	if file == "" {
		return ""
	}
	return file + ": "
}

func (p *Plans) find(name string) *Configuration {
	for _, c := range p.Configurations {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// resolve follows inherits_from; child values win (a shallow merge, as in nnU-Net's PlansManager).
func (p *Plans) resolve(name string, chain []string) (*Configuration, error) {
	c := p.find(name)
	if c == nil {
		return nil, fmt.Errorf("no configuration %q; the plan has %s", name, strings.Join(p.Names(), ", "))
	}
	if slices.Contains(chain, name) {
		return nil, fmt.Errorf("configurations inherit from each other in a circle: %s", strings.Join(append(chain, name), " -> "))
	}
	if c.InheritsFrom == "" {
		return c.clone(), nil
	}
	full, err := p.resolve(c.InheritsFrom, append(chain, name))
	if err != nil {
		return nil, err
	}
	full.Name = c.Name
	own := c.clone()
	for _, property := range properties {
		if c.gives(property) {
			property.take(full, own)
		}
	}
	return full, nil
}

// gives reports whether a configuration has a value of its own: as the file says, or for one that was
// made by a program, where the value is not zero.
func (c *Configuration) gives(p property) bool {
	if c.given == nil {
		return p.set(c)
	}
	for _, key := range p.keys {
		if c.given[key] {
			return true
		}
	}
	return false
}

// property is a part of a configuration that is inherited as a whole.
type property struct {
	keys []string // in our YAML and in nnU-Net's JSON
	set  func(c *Configuration) bool
	take func(to, from *Configuration)
}

var properties = []property{
	{[]string{"data_identifier"}, func(c *Configuration) bool { return c.DataIdentifier != "" },
		func(to, from *Configuration) { to.DataIdentifier = from.DataIdentifier }},
	{[]string{"preprocessor_name"}, func(c *Configuration) bool { return c.Preprocessor != "" },
		func(to, from *Configuration) { to.Preprocessor = from.Preprocessor }},
	{[]string{"batch_size"}, func(c *Configuration) bool { return c.BatchSize != 0 },
		func(to, from *Configuration) { to.BatchSize = from.BatchSize }},
	{[]string{"patch_size"}, func(c *Configuration) bool { return c.PatchSize != nil },
		func(to, from *Configuration) { to.PatchSize = from.PatchSize }},
	{[]string{"median_image_size_in_voxels"}, func(c *Configuration) bool { return c.MedianShape != nil },
		func(to, from *Configuration) { to.MedianShape = from.MedianShape }},
	{[]string{"spacing"}, func(c *Configuration) bool { return c.Spacing != nil },
		func(to, from *Configuration) { to.Spacing = from.Spacing }},
	{[]string{"normalization_schemes"}, func(c *Configuration) bool { return len(c.Normalisation) > 0 && c.Normalisation[0].Scheme != "" },
		func(to, from *Configuration) { to.Normalisation = withMasks(from.Normalisation, to.Normalisation) }},
	{[]string{"use_mask_for_norm"}, func(c *Configuration) bool { return len(c.Normalisation) > 0 },
		func(to, from *Configuration) { to.Normalisation = withMasks(to.Normalisation, from.Normalisation) }},
	{[]string{"resampling_data", "resampling_fn_data"}, func(c *Configuration) bool { return c.ResampleData.Function != "" },
		func(to, from *Configuration) { to.ResampleData.Function = from.ResampleData.Function }},
	{[]string{"resampling_data", "resampling_fn_data_kwargs"}, func(c *Configuration) bool { return c.ResampleData != Resampling{} },
		func(to, from *Configuration) { to.ResampleData.takeArguments(from.ResampleData) }},
	{[]string{"resampling_seg", "resampling_fn_seg"}, func(c *Configuration) bool { return c.ResampleLabels.Function != "" },
		func(to, from *Configuration) { to.ResampleLabels.Function = from.ResampleLabels.Function }},
	{[]string{"resampling_seg", "resampling_fn_seg_kwargs"}, func(c *Configuration) bool { return c.ResampleLabels != Resampling{} },
		func(to, from *Configuration) { to.ResampleLabels.takeArguments(from.ResampleLabels) }},
	{[]string{"resampling_probabilities", "resampling_fn_probabilities"}, func(c *Configuration) bool { return c.ResampleProbabilities.Function != "" },
		func(to, from *Configuration) { to.ResampleProbabilities.Function = from.ResampleProbabilities.Function }},
	{[]string{"resampling_probabilities", "resampling_fn_probabilities_kwargs"}, func(c *Configuration) bool { return c.ResampleProbabilities != Resampling{} },
		func(to, from *Configuration) { to.ResampleProbabilities.takeArguments(from.ResampleProbabilities) }},
	{[]string{"architecture"}, func(c *Configuration) bool { return c.Architecture.Family != "" },
		func(to, from *Configuration) { to.Architecture = from.Architecture }},
	{[]string{"batch_dice"}, func(c *Configuration) bool { return c.BatchDice },
		func(to, from *Configuration) { to.BatchDice = from.BatchDice }},
	{[]string{"loss"}, func(c *Configuration) bool { return c.Loss.Name != "" },
		func(to, from *Configuration) { to.Loss = from.Loss }},
	{[]string{"optimizer"}, func(c *Configuration) bool { return c.Optimiser.Name != "" },
		func(to, from *Configuration) { to.Optimiser = from.Optimiser }},
	{[]string{"schedule"}, func(c *Configuration) bool { return c.Schedule.Name != "" },
		func(to, from *Configuration) { to.Schedule = from.Schedule }},
	{[]string{"next_stage"}, func(c *Configuration) bool { return c.NextStage != "" },
		func(to, from *Configuration) { to.NextStage = from.NextStage }},
	{[]string{"previous_stage"}, func(c *Configuration) bool { return c.PreviousStage != "" },
		func(to, from *Configuration) { to.PreviousStage = from.PreviousStage }},
}

func (r *Resampling) takeArguments(from Resampling) {
	r.Order, r.OrderZ, r.ForceSeparateZ = from.Order, from.OrderZ, from.ForceSeparateZ
}

// withMasks returns the schemes of one list with the mask flags of another. Lists of different length
// stay visible to Validate as channels without a scheme.
func withMasks(schemes, masks []Normalisation) []Normalisation {
	all := make([]Normalisation, max(len(schemes), len(masks)))
	for i := range schemes {
		all[i].Scheme = schemes[i].Scheme
	}
	for i := range masks {
		all[i].UseMask = masks[i].UseMask
	}
	return all
}

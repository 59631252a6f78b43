package pipeline

import "github.com/autoseg/autoseg/plans"

// preprocessingValues returns the values of a plan that the preprocessed cases of a configuration depend
// on; a change of anything else does not preprocess again.
func preprocessingValues(p *plans.Plans, c *plans.Configuration) map[string]any {
	return map[string]any{
		"transposition":  []any{p.TransposeForward, p.TransposeBackward},
		"intensities":    usedIntensities(p, c),
		"spacing":        c.Spacing,
		"normalisation":  c.Normalisation,
		"resample data":  c.ResampleData,
		"resample label": c.ResampleLabels,
		"preprocessor":   c.Preprocessor,
		// The way back is stored with the case.
		"resample probabilities": c.ResampleProbabilities,
	}
}

// trainingValues returns the values of a plan that training depends on beyond the preprocessed cases.
func trainingValues(c *plans.Configuration) map[string]any {
	values := map[string]any{
		"architecture": c.Architecture,
		"patch size":   c.PatchSize,
		"batch size":   c.BatchSize,
		"batch dice":   c.BatchDice,
	}
	if c.Loss.Name != "" {
		values["loss"] = c.Loss
	}
	if c.Optimiser.Name != "" {
		values["optimizer"] = c.Optimiser
	}
	if c.Schedule.Name != "" {
		values["schedule"] = c.Schedule
	}
	return values
}

// usedIntensities returns the statistics of the channels that are normalised by them.
func usedIntensities(p *plans.Plans, c *plans.Configuration) map[int]plans.Intensity {
	used := map[int]plans.Intensity{}
	for channel, n := range c.Normalisation {
		if n.Scheme == plans.CT && channel < len(p.Intensities) {
			used[channel] = p.Intensities[channel]
		}
	}
	return used
}

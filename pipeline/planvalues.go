package pipeline

import "github.com/autoseg/autoseg/plans"

// preprocessingValues returns the values of a plan that the preprocessed cases of a configuration depend
// on; a change of anything else does not preprocess again.
func preprocessingValues(p *plans.Plans, c *plans.Configuration) map[string]any {
	return map[string]any{
		"transposition":  []any{p.TransposeForward, p.TransposeBackward},
		"intensities":    p.Intensities,
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
	return map[string]any{
		"architecture": c.Architecture,
		"patch size":   c.PatchSize,
		"batch size":   c.BatchSize,
		"batch dice":   c.BatchDice,
	}
}

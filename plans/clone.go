package plans

import (
	"maps"
	"slices"
)

func (c *Configuration) clone() *Configuration {
	d := *c
	d.PatchSize = slices.Clone(c.PatchSize)
	d.MedianShape = slices.Clone(c.MedianShape)
	d.Spacing = slices.Clone(c.Spacing)
	d.Normalisation = slices.Clone(c.Normalisation)
	d.Architecture = c.Architecture.Clone()
	d.Loss.ClassWeights = slices.Clone(c.Loss.ClassWeights)
	for _, r := range []*Resampling{&d.ResampleData, &d.ResampleLabels, &d.ResampleProbabilities} {
		if r.ForceSeparateZ != nil {
			force := *r.ForceSeparateZ
			r.ForceSeparateZ = &force
		}
	}
	d.given = maps.Clone(c.given)
	return &d
}

// Clone returns a copy that shares no slices or maps with a.
func (a *Architecture) Clone() Architecture {
	b := *a
	b.Features = slices.Clone(a.Features)
	b.Kernels = cloneRows(a.Kernels)
	b.Strides = cloneRows(a.Strides)
	b.Convolutions = slices.Clone(a.Convolutions)
	b.DecoderConvolutions = slices.Clone(a.DecoderConvolutions)
	b.Options = maps.Clone(a.Options)
	return b
}

func cloneRows(rows [][]int) [][]int {
	if rows == nil {
		return nil
	}
	all := make([][]int, len(rows))
	for i, r := range rows {
		all[i] = slices.Clone(r)
	}
	return all
}

package planner

import (
	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/fingerprint"
)

// FromDataset collects the input of planning from a fingerprint and a dataset's description.
func FromDataset(name string, f *fingerprint.Fingerprint, d *dataset.Description) Input {
	return Input{
		Dataset:      name,
		Shapes:       f.Shapes,
		Spacings:     f.Spacings,
		Intensities:  f.Intensities,
		RelativeSize: f.RelativeSize,
		Channels:     d.Channels,
		LabelEntries: d.Labelling.Entries(),
		NumTraining:  d.NumTraining,
		Reader:       d.Reader,
	}
}

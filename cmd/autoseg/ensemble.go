package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/selection"
)

func newEnsembleCommand(a *app) *cobra.Command {
	var inputs []string
	var output, datasetJSON string
	cmd := &cobra.Command{
		Use:   "ensemble",
		Short: "Average the saved probabilities of several models",
		Long: `Averages the probabilities (CASE.npz) that predict --save-probabilities wrote for the same cases with
several models, and writes the segmentations. The geometry is that of the first folder's segmentations. Where
every model has written CASE.quality.json, the ensemble's tells how much the models agree.`,
		Example: examples(
			"autoseg ensemble -i predictions_2d -i predictions_3d -o predictions",
			"autoseg ensemble -i a -i b -o out --dataset-json dataset.json"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(inputs) < 2 || output == "" {
				return usagef("at least two -i and an -o are needed; see %s", helpLine(cmd))
			}
			if err := notInto(output, inputs...); err != nil {
				return err
			}
			e := selection.Ensemble{Inputs: inputs, Output: output, Formats: dataset.Formats(),
				Workers: a.threads(), Progress: a.track("ensemble", "cases")}
			if datasetJSON != "" {
				d, err := dataset.ReadJSON(datasetJSON)
				if err != nil {
					return err
				}
				e.Labelling = &d.Labelling
			}
			n, err := e.Run(cmd.Context())
			return errors.Join(err, reportSegmentations(a, n, output))
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&inputs, "input", "i", nil, "average the predictions in folder `DIR`; give one per model")
	flags.StringVarP(&output, "output", "o", "", "write the segmentations into folder `OUT`")
	flags.StringVar(&datasetJSON, "dataset-json", "", "take labels and regions from `FILE` (default: a dataset.json beside the predictions, or labels 0, 1, 2, ...)")
	return cmd
}

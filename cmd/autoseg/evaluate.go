package main

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
)

// evaluateFlags are the flags of the verb.
type evaluateFlags struct {
	reference, prediction, datasetJSON, output string
	labels                                     []int
	ignore                                     int
	nnunet                                     bool
}

func newEvaluateCommand(a *app) *cobra.Command {
	var f evaluateFlags
	cmd := &cobra.Command{
		Use:   "evaluate",
		Short: "Compare a folder of segmentations with a folder of references",
		Example: examples(
			"autoseg evaluate --reference labelsTs --prediction predictions --dataset-json dataset.json",
			"autoseg evaluate --reference ref --prediction pred --labels 1,2 --ignore 3 -o summary.json"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runEvaluate(cmd, a, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.reference, "reference", "", "the references, in folder `DIR`")
	flags.StringVar(&f.prediction, "prediction", "", "the predictions, in folder `DIR`")
	flags.StringVar(&f.datasetJSON, "dataset-json", "", "take labels, regions and ignore label from `FILE`")
	flags.IntSliceVar(&f.labels, "labels", nil, "evaluate the label values `1,2,...`")
	flags.IntVar(&f.ignore, "ignore", evaluate.NoIgnore, "leave out voxels whose reference is label `N`")
	flags.StringVarP(&f.output, "output", "o", "", "write summary.json to `FILE`")
	flags.BoolVar(&f.nnunet, "nnunet", false, "write nnU-Net's metrics only, and its bare NaN")
	return cmd
}

func runEvaluate(cmd *cobra.Command, a *app, f evaluateFlags) error {
	if f.reference == "" || f.prediction == "" || (f.datasetJSON == "") == (len(f.labels) == 0) {
		return usagef("--reference, --prediction and either --dataset-json or --labels are needed; see %s", helpLine(cmd))
	}
	options := evaluate.Options{Classes: evaluate.Labels(f.labels), Ignore: f.ignore, Formats: dataset.Formats(),
		Workers: a.threads(), Progress: a.track("evaluate", "cases")}
	if f.datasetJSON != "" {
		d, err := dataset.ReadJSON(f.datasetJSON)
		if err != nil {
			return err
		}
		options.Classes, options.Ignore = evaluate.Classes(d.Labelling)
	}
	s, err := evaluate.Folder(cmd.Context(), f.reference, f.prediction, options)
	if err != nil {
		return err
	}
	style := evaluate.Standard
	if f.nnunet {
		style = evaluate.NNUNet
	}
	if f.output != "" {
		if err := s.WriteFile(f.output, style); err != nil {
			return err
		}
	}
	if a.flags.json {
		return s.Write(a.stdout, style)
	}
	return printSummary(a, s)
}

// shownMetrics are the columns of the table on the terminal.
var shownMetrics = []string{"Dice", "Jaccard", "Accuracy", "Recall", "Specificity", "Precision", "VolumeDifference"}

func printSummary(a *app, s *evaluate.Summary) error {
	header := []any{"Class"}
	for _, m := range shownMetrics {
		header = append(header, m)
	}
	var rows [][]any
	for _, c := range s.Classes {
		rows = append(rows, summaryRow(c.Key, s.Mean[c.Key]))
	}
	rows = append(rows, summaryRow("foreground mean", s.Foreground))
	if err := a.printTable(header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%d cases; a class that is absent from reference and prediction is left out of its mean\n", len(s.Cases))
	return err
}

func summaryRow(name string, v evaluate.Values) []any {
	row := []any{name}
	for _, m := range shownMetrics {
		if math.IsNaN(v[m]) {
			row = append(row, "undefined")
			continue
		}
		row = append(row, fmt.Sprintf("%.4f", v[m]))
	}
	return row
}

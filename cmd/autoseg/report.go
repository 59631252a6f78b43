package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/pipeline"
	"github.com/autoseg/autoseg/report"
)

func newReportCommand(a *app) *cobra.Command {
	var data, output string
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Write the page of a run again",
		Example: examples(
			"autoseg report autoseg-runs/Dataset004_Hippocampus --dataset data/Dataset004_Hippocampus",
			"autoseg report autoseg-runs/demo/run -o report.html"),
		Args: arguments("RUN"),
		RunE: func(_ *cobra.Command, args []string) error {
			return runReport(a, args[0], data, output)
		},
	}
	cmd.Flags().StringVar(&data, "dataset", "", "draw pictures of the images in dataset folder `DIR` (default: a folder of the dataset's name here or beside the run)")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the page to `FILE` (default: report.html in the run folder)")
	return cmd
}

// hasFolds reports whether the verb train has left something in a folder.
func hasFolds(run string) bool {
	folds, err := filepath.Glob(filepath.Join(run, "models", "*", "fold_*"))
	return err == nil && len(folds) > 0
}

func runReport(a *app, run, data, output string) error {
	m, err := pipeline.ReadManifest(run)
	if err != nil {
		return err
	}
	if len(m.Stages) == 0 && !hasFolds(run) {
		return fault.Input(fmt.Errorf("%s holds no run: there is no %s with a stage and no training; autoseg run and autoseg train make them", run, pipeline.ManifestFile))
	}
	s := report.Source{Run: run, Program: "autoseg " + readVersion().Version}
	if data == "" {
		data = nearDataset(m, run)
	}
	if data != "" {
		if s.Dataset, err = a.openDataset(data); err != nil {
			return err
		}
	} else {
		a.log.Warn("the dataset is neither here nor beside the run: the page has no pictures; --dataset DIR says where it is")
	}
	if output == "" {
		output = filepath.Join(run, "report.html")
	}
	if err := report.Write(output, s); err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(map[string]any{"output": output})
	}
	_, err = fmt.Fprintln(a.stdout, output)
	return err
}

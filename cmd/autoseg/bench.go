package main

import "github.com/spf13/cobra"

// newBenchCommand groups the measurements of speed. A measurement is added by its constructor's line
// here.
func newBenchCommand(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use:     "bench",
		Short:   "Measure how fast this machine works",
		Example: examples("autoseg bench preprocess", "autoseg bench preprocess --separate-z --json"),
	}, newBenchConvCommand(a), newBenchStepCommand(a), newBenchPredictCommand(a), newBenchPreprocessCommand(a), newBenchAugmentCommand(a))
}

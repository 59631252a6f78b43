package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/phantom"
)

// The demo trains one fold of the 3D network: long enough on two cores for both organs to be found well,
// short enough to wait for.
const (
	demoDataset = "Dataset999_Phantom"
	demoBudget  = 150 * time.Second
)

func newDemoCommand(a *app) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Write a phantom dataset and run everything on it, in about three minutes",
		Long: `Writes a synthetic dataset with two organs (no download) and then does exactly

  autoseg run DIR/` + demoDataset + ` --configs 3d_fullres --folds 0 --budget 2m30s -o DIR/run`,
		Example: examples("autoseg demo", "autoseg demo -o phantom-demo --seed 7"),
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			dataset := filepath.Join(output, demoDataset)
			if err := writePhantom(a, dataset); err != nil {
				return err
			}
			return a.runPipeline(cmd.Context(), dataset, runFlags{
				output: filepath.Join(output, "run"), configurations: []string{"3d_fullres"}, folds: "0", budget: demoBudget,
			}, commandLine(cmd))
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", filepath.Join("autoseg-runs", "demo"), "put dataset and run into the folder `DIR`")
	return cmd
}

// writePhantom writes the dataset unless an interrupted demo has written it already.
func writePhantom(a *app, dir string) error {
	o := phantom.DefaultOptions()
	o.Seed = a.flags.seed
	err := phantom.Write(dir, o)
	if errors.Is(err, fs.ErrExist) {
		a.log.Info("the phantom dataset is there already", "folder", filepath.Base(dir))
		return nil
	}
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	a.log.Info("wrote a phantom dataset", "training cases", o.Cases, "test cases", o.TestCases)
	return nil
}

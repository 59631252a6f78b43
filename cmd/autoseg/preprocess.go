package main

import (
	"fmt"
	"path/filepath"
	"sync"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/spf13/cobra"
)

// preprocessFlags are the flags of the verb preprocess.
type preprocessFlags struct {
	plan, config, output string
	cases                []string
}

// preprocessed is what the verb reports.
type preprocessed struct {
	Folder string   `json:"folder"`
	Cases  []string `json:"cases"`
	// MemoryMB is the announced peak memory of the largest case that was worked on.
	MemoryMB int64 `json:"memory_per_worker_mb"`
}

func newPreprocessCommand(a *app) *cobra.Command {
	var f preprocessFlags
	c := &cobra.Command{
		Use:   "preprocess DATASET --plan FILE --config NAME",
		Short: "Crop, normalise and resample the training cases of a dataset",
		Long: "Crop, normalise and resample the training cases of a dataset into the folder\n" +
			"preprocessed/NAME of a run. Cases that are there already, made from the same files\n" +
			"and the same settings, are left alone.",
		Example: examples(
			"autoseg preprocess Dataset004_Hippocampus --plan plan.yaml --config 3d_fullres",
			"autoseg preprocess data/liver --plan nnUNetPlans.json --config 2d -o runs/liver --cases liver_001,liver_002"),
		Args: arguments("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runPreprocess(cmd, a, args[0], f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.plan, "plan", "", "the plan, ours or nnU-Net's JSON, in `FILE`")
	flags.StringVar(&f.config, "config", "", "the configuration `NAME` of the plan: 2d, 3d_fullres, ...")
	flags.StringVarP(&f.output, "output", "o", "", "the run folder `DIR` (default: autoseg-runs/DATASET)")
	flags.StringSliceVar(&f.cases, "cases", nil, "only the cases `A,B,...`")
	return c
}

func runPreprocess(cmd *cobra.Command, a *app, folder string, f preprocessFlags) error {
	if f.plan == "" || f.config == "" {
		return usagef("--plan and --config are needed; see autoseg help preprocess")
	}
	d, err := dataset.Open(folder)
	if err != nil {
		return err
	}
	p, err := plans.Read(f.plan)
	if err != nil {
		return err
	}
	if f.output == "" {
		f.output = filepath.Join("autoseg-runs", d.Name)
	}
	dir := filepath.Join(f.output, "preprocessed", f.config)
	result := preprocessed{Folder: dir}
	var mutex sync.Mutex
	track := a.track("preprocess "+f.config, "cases")
	err = preprocess.Dataset(cmd.Context(), d, p, f.config, dir, preprocess.Options{
		Workers: a.threads(), Cases: f.cases, Progress: track,
		Announce: func(id string, bytes int64) {
			mutex.Lock()
			defer mutex.Unlock()
			a.log.Debug("preprocess", "case", id, "memory_mb", bytes>>20)
			result.MemoryMB = max(result.MemoryMB, bytes>>20)
		},
	})
	a.progress.Done()
	if err != nil {
		return err
	}
	store, err := dataset.OpenStore(dir)
	if err != nil {
		return err
	}
	result.Cases = store.Cases()
	return printPreprocessed(a, result)
}

func printPreprocessed(a *app, result preprocessed) error {
	if a.flags.json {
		return a.printJSON(result)
	}
	done := "nothing was left to do"
	if result.MemoryMB > 0 {
		done = fmt.Sprintf("the largest case took about %d MB", result.MemoryMB)
	}
	a.summarise([]any{"Preprocessed", filepath.Base(result.Folder)}, [][]any{{"cases", len(result.Cases)}, {"memory", done}})
	_, err := fmt.Fprintf(a.stdout, "%d cases in %s; %s\n", len(result.Cases), result.Folder, done)
	return err
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/pipeline"
	"github.com/autoseg/autoseg/submission/reproduce"
)

// reproduceFlags are the flags of the verb reproduce.
type reproduceFlags struct {
	dataset, work string
	dice          float64
}

func newReproduceCommand(a *app) *cobra.Command {
	var f reproduceFlags
	cmd := &cobra.Command{
		Use:   "reproduce MANIFEST",
		Short: "Do a run again from its manifest and compare every result",
		Long: `Checks that the dataset is the one that the manifest.yaml of a run names, file by file, replays the run in
a temporary folder (the same settings, seed and resolved schedule; nothing is measured anew), and
compares the SHA-256 of every result. On another SIMD level than the run's, segmentations are compared
by Dice. Exit status 1 says that something differs, and names what differs first.`,
		Example: examples(
			"autoseg reproduce autoseg-runs/demo/run/manifest.yaml",
			"autoseg reproduce autoseg-runs/liver --dataset data/Dataset003_Liver --work scratch/again --json"),
		Args: arguments("MANIFEST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReproduce(cmd.Context(), a, args[0], f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dataset, "dataset", "", "the dataset folder `DIR` (default: a folder of the dataset's name here or beside the run)")
	flags.StringVar(&f.work, "work", "", "replay in the folder `DIR` and keep it (default: a temporary folder, removed at the end)")
	flags.Float64Var(&f.dice, "least-dice", reproduce.DefaultLeastDice, "on another SIMD level, segmentations are alike from a mean Dice of `D`")
	return cmd
}

func runReproduce(ctx context.Context, a *app, manifest string, f reproduceFlags) error {
	if !(f.dice >= 0 && f.dice <= 1) {
		return usagef("--least-dice %g: want a number from 0 to 1", f.dice)
	}
	data, err := reproducedDataset(manifest, f.dataset)
	if err != nil {
		return err
	}
	executor, err := a.executor()
	if err != nil {
		return err
	}
	defer executor.Close()
	if f.work == "" {
		if f.work, err = os.MkdirTemp("", "autoseg-reproduce-"); err != nil {
			return fmt.Errorf("reproduce: %w; choose a folder with --work", err)
		}
		defer os.RemoveAll(f.work)
	}
	r, err := reproduce.Run(ctx, reproduce.Config{
		Manifest: manifest, Dataset: data, Work: f.work, LeastDice: f.dice,
		Threads: a.threads(), Executor: executor, SIMD: a.simdLevel(), Program: "autoseg " + readVersion().Version,
		Log: a.log, Track: a.track,
	})
	if err != nil {
		return err
	}
	a.progress.Done()
	return a.printReproduction(r)
}

// reproducedDataset finds the dataset of a manifest, which holds no path but the folder's name.
func reproducedDataset(manifest, given string) (string, error) {
	if given != "" {
		return datasetFolder(given)
	}
	m, dir, err := reproduce.Open(manifest)
	if err != nil {
		return "", err
	}
	if found := nearDataset(m, dir); found != "" {
		return found, nil
	}
	return "", fault.Input(fmt.Errorf("the dataset %s of the manifest is neither here nor beside the run: name its folder with --dataset DIR", m.Settings.Dataset))
}

// nearDataset looks for the dataset of a run here, beside the run folder, and where nnU-Net has it; "" means
// that it is not there.
func nearDataset(m *pipeline.Manifest, run string) string {
	if m.Settings == nil {
		return ""
	}
	name := m.Settings.Dataset
	for _, place := range []string{".", run, filepath.Join(run, ".."), filepath.Join(run, "..", "..")} {
		candidate := filepath.Join(place, name)
		if candidate == filepath.Clean(run) {
			continue // the default run folder has the dataset's name
		}
		if d, err := dataset.Open(candidate); err == nil && len(d.Cases) > 0 {
			return candidate
		}
	}
	if found, err := datasetFolder(name); err == nil && found != name && exists(found) {
		return found
	}
	return ""
}

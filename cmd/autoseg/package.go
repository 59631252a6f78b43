package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/selection"
	"github.com/autoseg/autoseg/submission/challenge"
)

// packageFlags are the flags of the verb.
type packageFlags struct {
	output, target string
	archiveFlags
	imageFlags
}

func newPackageCommand(a *app) *cobra.Command {
	var f packageFlags
	cmd := &cobra.Command{
		Use:   "package RUN",
		Short: "Pack a run for a challenge: a container image, or a zip of predictions",
		Long: `Packs the selected models of a run as a container image (--target grand-challenge, the default), without a
container engine; --dry-run then runs the image on a case under the platform's limits.

With another target it packs the predictions as that challenge wants them: its file names, file format and label
values. Every test image must have its prediction, on its grid, with labels that mean something to the
challenge; otherwise every finding is printed and nothing is written. docs/submissions says what each asks for.`,
		Example: examples(
			"autoseg package autoseg-runs/Dataset004_Hippocampus -o image.tar --dry-run",
			"autoseg package autoseg-runs/Dataset004_Hippocampus -o hippocampus.zip --target msd",
			"autoseg package autoseg-runs/chaos -o chaos.zip --target chaos --dataset Dataset038_CHAOS --values 1=63,2=126,3=189,4=252"),
		Args: arguments("RUN"),
		RunE: func(cmd *cobra.Command, args []string) error { return runPackage(cmd.Context(), a, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE`")
	flags.StringVar(&f.target, "target", imageTarget, "pack for `"+strings.Join(packageTargets(), "|")+"`")
	f.archiveFlags.register(flags)
	f.imageFlags.register(flags)
	return cmd
}

// imageTarget is the word of --target that makes a container image.
const imageTarget = "grand-challenge"

// packageTargets are the words of --target.
func packageTargets() []string {
	names := []string{imageTarget}
	for _, t := range challenge.Targets() {
		names = append(names, t.Name)
	}
	return names
}

func runPackage(ctx context.Context, a *app, f packageFlags, run string) error {
	if f.output == "" {
		return usagef("-o is needed: the file to write")
	}
	if err := oneOf("--target", f.target, packageTargets()); err != nil {
		return err
	}
	if info, err := os.Stat(run); err != nil || !info.IsDir() {
		return fault.Input(fmt.Errorf("%s is no run folder; autoseg run makes one", run))
	}
	if f.target == imageTarget {
		return packImage(ctx, a, f, run)
	}
	return packArchive(ctx, a, f, run)
}

// chosen is what predicts in a run.
type chosen struct {
	selection *selection.Selection
	// models are the folders whose probabilities are averaged.
	models      []string
	description *dataset.Description
}

// readChosen reads the selection of a run and the dataset.json of its model.
func readChosen(run string) (*chosen, error) {
	s, err := selection.Read(run)
	if err != nil {
		return nil, err
	}
	c := &chosen{selection: s}
	for _, m := range s.Models {
		c.models = append(c.models, filepath.Join(run, "models", m))
	}
	if len(c.models) == 0 {
		return nil, fault.Input(fmt.Errorf("%s names no model; make it again with: autoseg select %s", filepath.Join(run, selection.File), run))
	}
	c.description, err = dataset.ReadJSON(filepath.Join(c.models[0], "dataset.json"))
	return c, err
}

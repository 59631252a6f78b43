package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/autoseg/autoseg/pipeline"
	"github.com/autoseg/autoseg/plans"
)

// runFlags are the flags of the verb run.
type runFlags struct {
	output         string
	budget         time.Duration
	epochs         int
	configurations []string
	folds          string
	networks       []string
	planner        string
	memory         float64
	maxMemory      string
	plan           string
	replan, yes    bool
}

// register adds the flags to a verb.
func (f *runFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "the run folder `DIR` (default: autoseg-runs/DATASET)")
	flags.DurationVar(&f.budget, "budget", 0, "end after `TIME` (30m, 4h), shortening the training; network, patch and batch stay")
	flags.IntVar(&f.epochs, "epochs", 0, "train `N` epochs per fold (default: 1000, or what the budget allows)")
	flags.StringSliceVar(&f.configurations, "configs", nil, "train the configurations `A,B` (default: all of the plan)")
	flags.StringVar(&f.folds, "folds", "cv", "train the folds `cv|all|0,2`: the cross-validation, one model on all cases, or these")
	flags.StringSliceVar(&f.networks, "network", nil, "train the networks `A,B` on the same folds (default: the plan's own): "+strings.Join(plans.Families, ", "))
	flags.StringVar(&f.planner, "planner", "", "decide by the rules `"+strings.Join(plans.Planners, "|")+"`")
	flags.Float64Var(&f.memory, "memory-gb", 0, "plan for `GB` of accelerator memory (default: the planner's own)")
	flags.StringVar(&f.maxMemory, "max-memory", "", "keep resident memory below `SIZE` (for example 4GB, 3500MB) or refuse to start")
	flags.StringVar(&f.plan, "plan", "", "use the plan in `FILE`, ours or nnU-Net's JSON, instead of planning")
	flags.BoolVar(&f.replan, "replan", false, "plan anew although there is a plan.yaml")
	flags.BoolVarP(&f.yes, "yes", "y", false, "start even if the estimate is longer than a day, or larger than the machine's memory")
}

// validate reports wrong usage.
func (f *runFlags) validate() error {
	switch {
	case f.budget < 0:
		return usagef("--budget %v: want a positive time such as 30m", f.budget)
	case f.epochs < 0:
		return usagef("--epochs %d: want a positive number", f.epochs)
	case f.memory < 0:
		return usagef("--memory-gb %g: want a positive number", f.memory)
	}
	if _, err := memorySize("--max-memory", f.maxMemory); err != nil {
		return err
	}
	if f.planner != "" {
		if err := oneOf("--planner", f.planner, plans.Planners); err != nil {
			return err
		}
	}
	for i, network := range f.networks {
		if err := oneOf("--network", network, plans.Families); err != nil {
			return err
		}
		if slices.Contains(f.networks[:i], network) {
			return usagef("--network %s stands twice", network)
		}
	}
	return nil
}

func newRunCommand(a *app) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run DATASET",
		Short: "Do everything from a dataset folder to predictions and report",
		Long: `Measures the dataset, plans, preprocesses, trains, predicts the test images, evaluates and reports.
Interrupted, the same command goes on where it stopped. An edited plan.yaml in the run folder is
checked and followed: only what depends on the change is done again.

Several networks share dataset, folds, patches and preprocessed cases; the plan is made for the first.
More of them can be added later, by the same command with another --network.`,
		Example: examples(
			"autoseg run Dataset004_Hippocampus",
			"autoseg run Dataset004_Hippocampus --configs 3d_fullres --folds 0 --budget 20m -o runs/quick",
			"autoseg run Dataset004_Hippocampus --network plain --network attention_unet --configs 3d_fullres --budget 2h"),
		Args: arguments("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.validate(); err != nil {
				return err
			}
			d, err := a.openDataset(args[0])
			if err != nil {
				return err
			}
			return a.runPipeline(cmd.Context(), d.Dir, f, commandLine(cmd, filepath.Base(args[0])))
		},
	}
	f.register(cmd)
	return cmd
}

// runPipeline brings a run folder up to date with the dataset in a folder.
func (a *app) runPipeline(ctx context.Context, dataset string, f runFlags, command string) error {
	folds, err := pipeline.ParseFolds(f.folds)
	if err != nil {
		return usageError{err}
	}
	limit, err := memorySize("--max-memory", f.maxMemory)
	if err != nil {
		return err
	}
	executor, err := a.executor()
	if err != nil {
		return err
	}
	defer executor.Close()
	if f.output == "" {
		f.output = filepath.Join("autoseg-runs", filepath.Base(dataset))
	}
	v := readVersion()
	err = pipeline.Run(ctx, pipeline.Config{
		Dataset: dataset, Output: f.output,
		Configurations: f.configurations, Folds: folds,
		Networks: f.networks, Planner: f.planner, MemoryGB: f.memory, Plan: f.plan, Replan: f.replan,
		Budget: f.budget, Epochs: f.epochs, AcceptLong: f.yes,
		MaxMemory: limit, MachineMemory: machineMemory(),
		Seed: a.flags.seed, Threads: a.threads(), Executor: executor, SIMD: a.simdLevel(),
		Program: "autoseg " + v.Version, Command: command, Machine: a.machineWords(), PeakMemory: peakBytes,
		Log: a.log, Track: a.track, Confirm: a.confirmer(), Tell: a.progress, Now: time.Now,
	})
	if errors.Is(err, pipeline.ErrTooLong) || errors.Is(err, pipeline.ErrTooLarge) {
		return usageError{err}
	}
	var partial *pipeline.PartialError
	if err != nil && !errors.As(err, &partial) {
		return err
	}
	return errors.Join(err, a.printRun(f.output))
}

// machineMemory returns the machine's memory in bytes, 0 where the system does not tell.
func machineMemory() int64 {
	total, _, err := systemMemory()
	if err != nil {
		return 0
	}
	return int64(total) << 20
}

// confirmer returns a function that asks a question on the terminal, or nil if there is none to answer.
func (a *app) confirmer() func(question string) (bool, error) {
	file, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func(question string) (bool, error) {
		if _, err := fmt.Fprint(a.progress, question+" [y/N] "); err != nil {
			return false, err
		}
		answer, err := bufio.NewReader(file).ReadString('\n')
		if err != nil {
			return false, fmt.Errorf("read the answer: %w", err)
		}
		return strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y"), nil
	}
}

// commandLine words a command for the manifest: the flags that were given, and of every path only its
// last element, because a manifest holds no path of a machine.
func commandLine(cmd *cobra.Command, arguments ...string) string {
	words := append([]string{cmd.CommandPath()}, arguments...)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		switch f.Name {
		case "output", "plan":
			value = filepath.Base(value)
		case "configs", "network":
			value = strings.Trim(value, "[]")
		}
		if f.Value.Type() == "bool" {
			words = append(words, "--"+f.Name)
			return
		}
		words = append(words, "--"+f.Name, value)
	})
	return strings.Join(words, " ")
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/inspect"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/plans"
)

func newNetworkSummaryCommand(a *app) *cobra.Command {
	var plan, configuration string
	var classes, batch int
	cmd := &cobra.Command{
		Use:   "summary",
		Short: "Show layers, shapes, parameters, feature voxels and memory of a network",
		Example: examples(
			"autoseg network summary --plan plan.yaml --config 3d_fullres",
			"autoseg network summary --plan nnUNetPlans.json --config 2d --classes 3 --json"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if plan == "" || configuration == "" {
				return usagef("--plan and --config are needed; see %s", helpLine(cmd))
			}
			p, err := plans.Read(plan)
			if err != nil {
				return err
			}
			c, err := p.Configuration(configuration)
			if err != nil {
				return err
			}
			return summarise(a, c, classes, batch)
		},
	}
	cmd.Flags().StringVar(&plan, "plan", "", "the plan, ours or nnU-Net's, in `FILE`")
	cmd.Flags().StringVar(&configuration, "config", "", "the configuration `NAME` of the plan")
	cmd.Flags().IntVar(&classes, "classes", 2, "count `N` logits per voxel, background included")
	cmd.Flags().IntVar(&batch, "batch", 0, "use a batch of `N` instead of the plan's")
	return cmd
}

func summarise(a *app, c *plans.Configuration, classes, batch int) error {
	executor, err := a.executor()
	if err != nil {
		return err
	}
	if batch == 0 {
		batch = c.BatchSize
	}
	n := inspect.New(c, classes, executor)
	n.Loss = loss.ForLabels{BatchDice: c.BatchDice, Ignore: loss.NoIgnore}
	s, err := n.Summarise(batch, len(c.Normalisation), c.PatchSize)
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(s)
	}
	var rows [][]any
	for _, l := range s.Layers {
		rows = append(rows, []any{l.Name, fmt.Sprint(l.Shape), l.Parameters})
	}
	if err := a.printTable([]any{"Layer", "Shape", "Parameters"}, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "network %s, input %v\nparameters %d, feature voxels of one patch %d\nmemory: prediction %.1f MB, training step %.1f MB\n",
		s.Family, s.Input, s.Parameters, s.Features, s.PredictMB, s.TrainMB)
	return err
}

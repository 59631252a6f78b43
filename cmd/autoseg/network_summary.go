package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/inspect"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
)

// summaryOptions are the flags of network summary.
type summaryOptions struct {
	plan, configuration string
	config, arch        string
	widths, patch       []int
	classes, batch      int
}

func newNetworkSummaryCommand(a *app) *cobra.Command {
	var o summaryOptions
	cmd := &cobra.Command{
		Use:   "summary",
		Short: "Show layers, shapes, parameters, feature voxels and memory of a network",
		Example: examples(
			"autoseg network summary --plan plan.yaml --config 3d_fullres",
			"autoseg network summary --plan nnUNetPlans.json --config 2d --classes 3 --json",
			"autoseg network summary --arch unet --widths 32,64,128,256,512"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := o.summary(a, cmd)
			if err != nil {
				return err
			}
			return printNetworkSummary(a, s)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.plan, "plan", "", "the plan, ours or nnU-Net's, in `FILE`")
	f.StringVar(&o.configuration, "config", "", "the configuration `NAME` of the plan")
	f.StringVar(&o.arch, "arch", "", "the classic network `NAME` as published, instead of a plan's")
	f.StringVar(&o.config, "arch-config", "", "the classic network in the JSON `FILE`")
	f.IntSliceVar(&o.widths, "widths", nil, "with --arch: the channels `N,N,...` of its stages, finest first; a head scales along")
	f.IntSliceVar(&o.patch, "patch", nil, "with --arch or --arch-config: the extent `N,N[,N]` of the input; the published one by default")
	f.IntVar(&o.classes, "classes", 0, "count `N` logits per voxel, background included (2, or as published)")
	f.IntVar(&o.batch, "batch", 0, "use a batch of `N` instead of the plan's, or 1")
	return cmd
}

// summary chooses the network by the flags.
func (o *summaryOptions) summary(a *app, cmd *cobra.Command) (*inspect.Summary, error) {
	switch {
	case o.arch != "" && o.config != "" || (o.arch != "" || o.config != "") && o.plan != "":
		return nil, usagef("--plan, --arch and --arch-config each name a network; give one of them")
	case o.arch != "":
		c := &network.Config{Network: o.arch, Classes: o.classes, Widths: o.widths}
		if o.widths != nil {
			if err := o.scaleHead(c); err != nil {
				return nil, err
			}
		}
		n, err := configured(a, c)
		if err != nil {
			return nil, err
		}
		return o.classic(n, c)
	case o.config != "":
		n, c, err := classicNetwork(a, o.config)
		if err != nil {
			return nil, err
		}
		if o.classes > 0 {
			n.Classes = o.classes
		}
		return o.classic(n, c)
	case o.plan == "" || o.configuration == "":
		return nil, usagef("--plan and --config, or --arch, or --arch-config are needed; see %s", helpLine(cmd))
	}
	return o.planned(a)
}

// scaleHead gives the head of FCN and DeconvNet the share of its published width that the first stage has
// (architectures.md chapter 9).
func (o *summaryOptions) scaleHead(c *network.Config) error {
	p, err := network.Published(c.Network)
	if err != nil {
		return fault.Input(err)
	}
	if p.Head > 0 && len(p.Widths) > 0 {
		c.Head = max(1, p.Head*o.widths[0]/p.Widths[0])
	}
	return nil
}

func (o *summaryOptions) classic(n *inspect.Network, c *network.Config) (*inspect.Summary, error) {
	patch := o.patch
	if patch == nil {
		patch = network.PublishedExtent(n.Architecture)
	}
	if len(patch) != n.Architecture.Dimensions || slices.Min(patch) < 1 {
		return nil, usagef("--patch %v: the network has %d axes", patch, n.Architecture.Dimensions)
	}
	s, err := n.Summarise(max(1, o.batch), c.InChannels, patch)
	return s, fault.Input(err)
}

func (o *summaryOptions) planned(a *app) (*inspect.Summary, error) {
	p, err := plans.Read(o.plan)
	if err != nil {
		return nil, err
	}
	c, err := p.Configuration(o.configuration)
	if err != nil {
		return nil, err
	}
	executor, err := a.executor()
	if err != nil {
		return nil, err
	}
	if o.batch == 0 {
		o.batch = c.BatchSize
	}
	if o.classes == 0 {
		o.classes = 2
	}
	n := inspect.New(c, o.classes, executor)
	n.Loss = loss.ForLabels{BatchDice: c.BatchDice, Ignore: loss.NoIgnore}
	return n.Summarise(o.batch, len(c.Normalisation), c.PatchSize)
}

func printNetworkSummary(a *app, s *inspect.Summary) error {
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
	_, err := fmt.Fprintf(a.stdout, "network %s, input %v\nparameters %d, feature voxels of one patch %d\nmemory: prediction %.1f MB, training step %.1f MB\n",
		s.Family, s.Input, s.Parameters, s.Features, s.PredictMB, s.TrainMB)
	return err
}

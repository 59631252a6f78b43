package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/inspect"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/npy"
)

func newNetworkGradCommand(a *app) *cobra.Command {
	var source networkSource
	var input, output, cotangent string
	var targets []string
	var train bool
	cmd := &cobra.Command{
		Use:   "grad",
		Short: "Run one backward pass and write the gradients",
		Example: examples(
			"autoseg network grad --model models/3d_fullres --fold 0 --input x.npy --target t0.npy --target t1.npy --output g.npz",
			"autoseg network grad --model models/2d --fold 0 --input x.npy --cotangent c.npy --output g.npz --json"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if input == "" || output == "" || (len(targets) > 0) == (cotangent != "") {
				return usagef("--input, --output and either --target (one per resolution) or --cotangent are needed; see %s", helpLine(cmd))
			}
			for _, path := range append(targets, input, cotangent) {
				if sameFile(path, output) {
					return usagef("--output is the input file %s; name another one", path)
				}
			}
			n, err := source.open(a)
			if err != nil {
				return err
			}
			if n.Statistics = inspect.Default; cmd.Flags().Changed("train-mode") {
				n.Statistics = inspect.Running
				if train {
					n.Statistics = inspect.OfBatch
				}
			}
			s, err := readSample(input, targets, cotangent)
			if err != nil {
				return err
			}
			g, err := n.Gradients(cmd.Context(), s)
			if err != nil {
				return fault.Input(fmt.Errorf("%s: %w", input, err))
			}
			if err := npy.WriteArchive(output, gradientEntries(g)); err != nil {
				return err
			}
			return printLoss(a, g)
		},
	}
	source.register(cmd)
	cmd.Flags().StringVar(&input, "input", "", "the input, an array (batch, channel, [z,] y, x) in `X.npy`")
	cmd.Flags().StringSliceVar(&targets, "target", nil, "the target of each resolution, finest first, in `T.npy`; repeat the flag")
	cmd.Flags().StringVar(&cotangent, "cotangent", "", "differentiate sum(logits*`C.npy`) instead of the loss")
	cmd.Flags().StringVar(&output, "output", "", "write the gradients to `G.npz`")
	cmd.Flags().BoolVar(&train, "train-mode", false, "batch statistics (=false: running ones); by default batch statistics, but running ones where a batch norm sees one voxel of every sample")
	return cmd
}

func readSample(input string, targets []string, cotangent string) (inspect.Sample, error) {
	x, err := readArray(input)
	if err != nil {
		return inspect.Sample{}, err
	}
	s := inspect.Sample{Shape: x.Shape, Input: x.Float32()}
	for _, path := range targets {
		t, err := readArray(path)
		if err != nil {
			return s, err
		}
		s.Targets = append(s.Targets, engine.Of32(t.Shape, t.Float32()))
	}
	if cotangent != "" {
		c, err := readArray(cotangent)
		if err != nil {
			return s, err
		}
		array := engine.Of32(c.Shape, c.Float32())
		s.Cotangent = &array
	}
	return s, nil
}

func gradientEntries(g *inspect.Gradients) []npy.Entry {
	var entries []npy.Entry
	for _, name := range g.Names {
		entries = append(entries, entry(name, g.Of[name]))
	}
	return entries
}

func printLoss(a *app, g *inspect.Gradients) error {
	if a.flags.json {
		return a.printJSON(map[string]any{"loss": g.Loss, "loss_per_level": g.Levels})
	}
	_, err := fmt.Fprintf(a.stdout, "loss %.9g\n", g.Loss)
	return err
}

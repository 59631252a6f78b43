package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/inspect"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/npy"
)

func newNetworkCommand(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use:   "network",
		Short: "Look at a network: its layers, one forward pass, its gradients",
		Example: examples(
			"autoseg network summary --plan plan.yaml --config 3d_fullres",
			"autoseg network run --model models/3d_fullres --fold 0 --input x.npy --output y.npz"),
	}, newNetworkSummaryCommand(a), newNetworkRunCommand(a), newNetworkGradCommand(a))
}

func newNetworkRunCommand(a *app) *cobra.Command {
	var source networkSource
	var input, output string
	var train bool
	var taps []string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run one forward pass and write the logits",
		Example: examples(
			"autoseg network run --model models/3d_fullres --fold 0 --input x.npy --output y.npz",
			"autoseg network run --model nnUNetTrainer__nnUNetPlans__3d_fullres --input x.npy --output y.npz --train-mode --taps encoder.stages.0.0.convs.0",
			"autoseg network run --arch-config config.json --weights weights.npz --input x.npy --output y.npz --taps gate0,gate1"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if input == "" || output == "" {
				return usagef("--input and --output are needed; see %s", helpLine(cmd))
			}
			if sameFile(input, output) {
				return usagef("--input and --output are the same file %s; name another one", input)
			}
			n, err := source.open(a)
			if err != nil {
				return err
			}
			if train {
				n.Statistics = inspect.OfBatch
			}
			x, err := readArray(input)
			if err != nil {
				return err
			}
			out, err := n.Outputs(cmd.Context(), x.Shape, x.Float32(), taps)
			if err != nil {
				return fault.Input(fmt.Errorf("%s: %w", input, err))
			}
			entries := outputEntries(out, taps, train)
			if err := npy.WriteArchive(output, entries); err != nil {
				return err
			}
			return printArrays(a, output, entries)
		},
	}
	source.register(cmd)
	cmd.Flags().StringVar(&input, "input", "", "the input, an array (batch, channel, [z,] y, x) in `X.npy`")
	cmd.Flags().StringVar(&output, "output", "", "write the arrays to `Y.npz`")
	cmd.Flags().BoolVar(&train, "train-mode", false, "as in training: batch statistics, and the logits of every resolution")
	cmd.Flags().StringSliceVar(&taps, "taps", nil, "write the results of the layers `NAME,...` too")
	return cmd
}

// outputEntries names the arrays: output_0 (finest) and, in training mode, output_1, ...; then taps.
func outputEntries(out []engine.Array, taps []string, train bool) []npy.Entry {
	logits := len(out) - len(taps)
	var entries []npy.Entry
	for i, o := range out {
		switch {
		case i >= logits:
			entries = append(entries, entry(taps[i-logits], o))
		case i == 0 || train:
			entries = append(entries, entry(fmt.Sprintf("output_%d", i), o))
		}
	}
	return entries
}

// printArrays tells what was written: with --json the shape of every array by its name.
func printArrays(a *app, path string, entries []npy.Entry) error {
	shapes := map[string][]int{}
	for _, e := range entries {
		shapes[e.Name] = e.Array.Shape
	}
	if a.flags.json {
		return a.printJSON(map[string]any{"output": path, "arrays": shapes})
	}
	for _, e := range entries {
		a.log.Info("wrote "+e.Name, "shape", e.Array.Shape)
	}
	_, err := fmt.Fprintln(a.stdout, path)
	return err
}

func entry(name string, a engine.Array) npy.Entry {
	data := make([]float64, len(a.F32))
	for i, v := range a.F32 {
		data[i] = float64(v)
	}
	return npy.Entry{Name: name, Array: npy.Array{Shape: a.Shape, Data: data}}
}

func readArray(path string) (npy.Array, error) {
	x, err := npy.Read(path)
	return x, fault.Input(err)
}

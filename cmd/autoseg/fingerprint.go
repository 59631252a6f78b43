package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/fingerprint"
)

func newFingerprintCommand(a *app) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "fingerprint DATASET",
		Short: "Measure a dataset: shapes, spacings and intensities, as dataset_fingerprint.json",
		Example: examples(
			"autoseg fingerprint Dataset004_Hippocampus",
			"autoseg fingerprint raw/Dataset004_Hippocampus -o fingerprints/hippocampus.json --threads 2"),
		Args: arguments("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return writeFingerprint(cmd.Context(), a, args[0], out)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "dataset_fingerprint.json", "write to `FILE`")
	return cmd
}

func writeFingerprint(ctx context.Context, a *app, name, out string) error {
	d, err := a.openDataset(name)
	if err != nil {
		return err
	}
	if filepath.Base(out) == "dataset.json" || sameFile(out, filepath.Join(d.Dir, "dataset.json")) {
		return usagef("-o %s: that is the name of a dataset's description, which would be lost; name another file", out)
	}
	f, err := fingerprint.Extract(ctx, d, fingerprint.Options{Workers: a.threads(), Progress: a.track("fingerprint", "cases")})
	if err != nil {
		return err
	}
	if err := fingerprint.Write(out, f); err != nil {
		return err
	}
	if a.flags.json {
		data, err := f.Marshal()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "%s\n", data)
		return err
	}
	a.progress.Done()
	summariseFingerprint(a, d, f)
	_, err = fmt.Fprintln(a.stdout, out)
	return err
}

// summariseFingerprint shows what was measured.
func summariseFingerprint(a *app, d *dataset.Dataset, f *fingerprint.Fingerprint) {
	var shape, spacing [3]string
	for axis := range 3 {
		var voxels, mm []float64
		for i := range f.Shapes {
			voxels, mm = append(voxels, float64(f.Shapes[i][axis])), append(mm, f.Spacings[i][axis])
		}
		shape[axis], spacing[axis] = span(voxels), span(mm)
	}
	rows := [][]any{
		{"cases", len(f.Shapes)},
		{"voxels (z, y, x)", strings.Join(shape[:], ", ")},
		{"spacing in mm", strings.Join(spacing[:], ", ")},
		{"kept by cropping", fmt.Sprintf("%.0f %%", 100*f.RelativeSize)},
	}
	for i, in := range f.Intensities {
		rows = append(rows, []any{fmt.Sprintf("channel %d, %s", i, d.Channels[i]),
			fmt.Sprintf("foreground %.4g ± %.4g, 0.5 to 99.5 %%: %.4g to %.4g", in.Mean, in.Std, in.Percentile005, in.Percentile995)})
	}
	a.summarise([]any{"Measured", d.Name}, rows)
}

// span words the smallest and the largest of some values.
func span(values []float64) string {
	if len(values) == 0 {
		return "-"
	}
	low, high := slices.Min(values), slices.Max(values)
	if low == high {
		return fmt.Sprintf("%.4g", low)
	}
	return fmt.Sprintf("%.4g to %.4g", low, high)
}

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

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
	_, err = fmt.Fprintln(a.stdout, out)
	return err
}

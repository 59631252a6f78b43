package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/postprocess"
)

func newPostprocessCommand(a *app) *cobra.Command {
	var input, output, rules string
	cmd := &cobra.Command{
		Use:   "postprocess",
		Short: "Apply post-processing rules to segmentations",
		Long: `Applies the rules of a selection.yaml (section postprocessing), or of nnU-Net's postprocessing.json, to a
segmentation or a folder of them.`,
		Example: examples(
			"autoseg postprocess -i predictions -o final --rules autoseg-runs/hippocampus/selection.yaml",
			"autoseg postprocess -i case.nii.gz -o final --rules postprocessing.json"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if input == "" || output == "" || rules == "" {
				return usagef("-i, -o and --rules are needed; see %s", helpLine(cmd))
			}
			if err := notInto(output, input); err != nil {
				return err
			}
			r, err := postprocess.Read(rules)
			if err != nil {
				return err
			}
			for _, rule := range r {
				a.log.Info("rule: " + rule.String())
			}
			files := postprocess.Files{Input: input, Output: output, Rules: r, Formats: dataset.Formats(),
				Workers: a.threads(), Progress: a.track("postprocess", "cases")}
			n, err := files.Run(cmd.Context())
			return errors.Join(err, reportSegmentations(a, n, output))
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&input, "input", "i", "", "the segmentation, or the folder of segmentations, `IN`")
	flags.StringVarP(&output, "output", "o", "", "write the results into folder `OUT`")
	flags.StringVar(&rules, "rules", "", "apply the rules in `FILE`")
	return cmd
}

// reportSegmentations prints how many segmentations were written, unless nothing was.
func reportSegmentations(a *app, written int, output string) error {
	if a.flags.json {
		return a.printJSON(map[string]any{"written": written})
	}
	if written == 0 {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, "%d segmentations written to %s\n", written, output)
	return err
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
)

func newVerifyCommand(a *app) *cobra.Command {
	var fix string
	cmd := &cobra.Command{
		Use:   "verify DATASET",
		Short: "Check a dataset's integrity and plausibility, and repair what is safe",
		Long: `Verify reads every file of a dataset and lists what is wrong or odd, with the
severity and the repair of each finding. Errors stop a run, warnings and notes do
not. With --fix a repaired copy in nnU-Net's raw layout is written into a new
folder; repairs.json in it records every change. The exit status is 3 if errors
are left.`,
		Example: examples("autoseg verify Dataset004_Hippocampus", "autoseg verify raw/Dataset004_Hippocampus --fix repaired/Dataset004_Hippocampus"),
		Args:    arguments("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return verify(cmd.Context(), a, args[0], fix)
		},
	}
	cmd.Flags().StringVar(&fix, "fix", "", "write a repaired copy into the new folder `DIR`")
	return cmd
}

// verification is what verify prints with --json.
type verification struct {
	dataset.Report
	Proposed json.RawMessage  `json:"proposed_dataset_json,omitempty"`
	Repairs  []dataset.Repair `json:"repairs,omitempty"`
	Fixed    *dataset.Report  `json:"fixed,omitempty"`
}

func verify(ctx context.Context, a *app, name, fix string) error {
	d, err := a.openDataset(name)
	if err != nil {
		return err
	}
	options := dataset.VerifyOptions{Workers: a.threads(), Progress: a.track("verify", "cases")}
	var v verification
	if v.Report, err = dataset.Verify(ctx, d, options); err != nil {
		return err
	}
	if d.Proposed {
		if v.Proposed, err = d.Marshal(); err != nil {
			return err
		}
	}
	left := v.Report
	if fix != "" {
		if left, err = repair(ctx, a, d, fix, &v); err != nil {
			return err
		}
	}
	if err := printVerification(a, v, fix); err != nil {
		return err
	}
	if n := left.Count(dataset.Severe); n > 0 {
		return fault.Input(fmt.Errorf("%s: %d errors; correct them before a run, or try verify --fix DIR", left.Dataset, n))
	}
	return nil
}

// repair writes the repaired copy and verifies it in turn.
func repair(ctx context.Context, a *app, d *dataset.Dataset, dir string, v *verification) (dataset.Report, error) {
	repairs, err := dataset.Fix(ctx, d, dir, dataset.VerifyOptions{Workers: a.threads()})
	if err != nil {
		return dataset.Report{}, err
	}
	fixed, err := dataset.Open(dir)
	if err != nil {
		return dataset.Report{}, err
	}
	report, err := dataset.Verify(ctx, fixed, dataset.VerifyOptions{Workers: a.threads()})
	v.Repairs, v.Fixed = repairs, &report
	return report, err
}

func printVerification(a *app, v verification, fix string) error {
	if a.flags.json {
		return a.printJSON(v)
	}
	if v.Proposed != nil {
		if _, err := fmt.Fprintf(a.stdout, "proposed dataset.json (--fix DIR writes it):\n%s\n", v.Proposed); err != nil {
			return err
		}
	}
	if err := printFindings(a, v.Report); err != nil {
		return err
	}
	if v.Fixed == nil {
		return nil
	}
	rows := make([][]any, len(v.Repairs))
	for i, r := range v.Repairs {
		rows[i] = []any{r.Case, r.File, r.What}
	}
	if len(rows) > 0 {
		if err := a.printTable([]any{"Case", "File", "Repair"}, rows); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(a.stdout, "repaired copy in %s:\n", fix); err != nil {
		return err
	}
	return printFindings(a, *v.Fixed)
}

func printFindings(a *app, r dataset.Report) error {
	if len(r.Findings) > 0 {
		rows := make([][]any, len(r.Findings))
		for i, f := range r.Findings {
			rows[i] = []any{f.Severity, f.Case, f.File, f.What, f.Repair}
		}
		if err := a.printTable([]any{"Severity", "Case", "File", "Finding", "Repair"}, rows); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %d training and %d test cases, %d errors, %d warnings, %d notes\n"+
		"preprocessing will take about %s of disk, %s of memory per worker and %.0f s of one core\n",
		r.Dataset, r.Cases, r.Test, r.Count(dataset.Severe), r.Count(dataset.Warning), r.Count(dataset.Note),
		size(r.Estimate.Disk), size(r.Estimate.Memory), math.Ceil(r.Estimate.Seconds))
	return err
}

// size writes a number of bytes in MB or GB.
func size(bytes int64) string {
	if bytes >= 1e9 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%.0f MB", math.Ceil(float64(bytes)/1e6))
}

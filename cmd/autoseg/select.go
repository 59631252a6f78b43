package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/postprocess"
	"github.com/autoseg/autoseg/selection"
)

// selectFlags are the flags of the verb.
type selectFlags struct {
	dataset               string
	singlesOnly, noMirror bool
	extra                 []string
}

func newSelectCommand(a *app) *cobra.Command {
	var f selectFlags
	cmd := &cobra.Command{
		Use:   "select RUN",
		Short: "Choose the best configuration or ensemble of a run, and post-processing rules",
		Long: `Measures every trained configuration of a run, and every pair whose probabilities are averaged, on the
cases of the cross-validation, each case by the networks that did not see it. The best one and the
post-processing rules that help it go to selection.yaml in the run folder.`,
		Example: examples(
			"autoseg select autoseg-runs/Dataset004_Hippocampus",
			"autoseg select autoseg-runs/Dataset004_Hippocampus --dataset Dataset004_Hippocampus --try minimum-size,holes"),
		Args: arguments("RUN"),
		RunE: func(cmd *cobra.Command, args []string) error { return runSelect(cmd, a, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dataset, "dataset", "", "the dataset of the run, in folder `DIR` (default: the one that plan.yaml names, looked for here and beside the run)")
	flags.BoolVar(&f.singlesOnly, "no-ensembles", false, "measure single configurations only, which takes seconds")
	flags.BoolVar(&f.noMirror, "no-mirror", false, "predict ensembles without mirroring: faster, a little worse")
	flags.StringSliceVar(&f.extra, "try", nil, "try other rules than the largest component too: `minimum-size,holes`")
	return cmd
}

func runSelect(cmd *cobra.Command, a *app, f selectFlags, run string) error {
	o := selection.Options{Run: run, SinglesOnly: f.singlesOnly, NoMirror: f.noMirror, Workers: a.threads(), Track: a.track}
	for _, name := range f.extra {
		if err := oneOf("--try", name, []string{string(postprocess.MinimumSize), string(postprocess.Holes)}); err != nil {
			return err
		}
		o.Extra = append(o.Extra, postprocess.Candidates(name))
	}
	d, err := a.datasetOf(run, f.dataset)
	if err != nil {
		return err
	}
	o.Dataset = d
	if o.Executor, err = a.executor(); err != nil {
		return err
	}
	defer o.Executor.Close()
	s, err := selection.Run(cmd.Context(), o)
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(selectionJSON(s))
	}
	return printSelection(a, run, s)
}

// datasetOf opens the dataset of a run: the named one, or the one that the plan names, of which no path is
// kept, in the current folder, beside the run, or beside the folder of runs.
func (a *app) datasetOf(run, name string) (*dataset.Dataset, error) {
	if name != "" {
		return a.openDataset(name)
	}
	p, err := plans.Read(filepath.Join(run, "plan.yaml"))
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s is no run folder: %w", run, err))
	}
	for _, dir := range []string{p.Dataset, filepath.Join(run, "..", p.Dataset), filepath.Join(run, "..", "..", p.Dataset)} {
		if d, err := a.openDataset(dir); err == nil && len(d.Cases) > 0 {
			return d, nil
		}
	}
	return nil, fault.Input(fmt.Errorf("dataset %s of %s is neither here nor beside the run; name its folder with --dataset", p.Dataset, run))
}

func printSelection(a *app, run string, s *selection.Selection) error {
	var rows [][]any
	for _, e := range s.Evidence {
		mark := ""
		if e.Configuration == s.Configuration {
			mark = "best"
		}
		rows = append(rows, []any{e.Configuration, decimal(float64(e.Dice)), e.Cases, mark})
	}
	if err := a.printTable([]any{"model", "mean foreground Dice", "cases", ""}, rows); err != nil {
		return err
	}
	rows = nil
	for _, t := range s.Postprocessing.Evidence.Trials {
		verdict := "no"
		if t.Accepted {
			verdict = "accepted"
		}
		rows = append(rows, []any{t.Rule, t.Judge, decimal(float64(t.Before)), decimal(float64(t.After)), verdict})
	}
	if err := a.printTable([]any{"rule", "judged by", "Dice before", "after", ""}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "Written to %s. To segment new images:\n\n%s", filepath.Join(run, selection.File), instructions(run, s))
	return err
}

// instructions are the commands that predict with a selection.
func instructions(run string, s *selection.Selection) string {
	var b strings.Builder
	last := "predictions"
	if len(s.Models) == 1 {
		fmt.Fprintf(&b, "  autoseg predict --model %s -i IMAGES -o predictions\n", filepath.Join(run, "models", s.Models[0]))
	} else {
		var folders []string
		for i, m := range s.Models {
			folder := fmt.Sprintf("predictions_%d", i+1)
			fmt.Fprintf(&b, "  autoseg predict --model %s -i IMAGES -o %s --save-probabilities\n", filepath.Join(run, "models", m), folder)
			folders = append(folders, "-i "+folder)
		}
		fmt.Fprintf(&b, "  autoseg ensemble %s -o predictions --dataset-json %s\n", strings.Join(folders, " "), filepath.Join(run, "models", s.Model, "dataset.json"))
	}
	if len(s.Postprocessing.Rules) > 0 {
		fmt.Fprintf(&b, "  autoseg postprocess -i %s -o final --rules %s\n", last, filepath.Join(run, selection.File))
	}
	return b.String()
}

func selectionJSON(s *selection.Selection) map[string]any {
	number := func(n postprocess.Number) any {
		if math.IsNaN(float64(n)) {
			return nil
		}
		return float64(n)
	}
	evidence, trials, rules := []any{}, []any{}, []any{}
	for _, e := range s.Evidence {
		evidence = append(evidence, map[string]any{"configuration": e.Configuration, "mean_foreground_dice": number(e.Dice), "validation_cases": e.Cases})
	}
	for _, t := range s.Postprocessing.Evidence.Trials {
		trials = append(trials, map[string]any{"rule": t.Rule, "judged_by": t.Judge, "dice_before": number(t.Before), "dice_after": number(t.After), "accepted": t.Accepted})
	}
	for _, r := range s.Postprocessing.Rules {
		rules = append(rules, r.String())
	}
	return map[string]any{"selected": s.Configuration, "models": s.Models, "folds": s.Folds, "evidence": evidence,
		"postprocessing": map[string]any{"rules": rules, "trials": trials,
			"mean_foreground_dice_before": number(s.Postprocessing.Evidence.Before), "mean_foreground_dice_after": number(s.Postprocessing.Evidence.After)}}
}

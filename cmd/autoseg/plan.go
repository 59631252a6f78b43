package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/planner"
	"github.com/autoseg/autoseg/plans"
)

// planFlags are the flags of the verb plan.
type planFlags struct {
	fingerprint, description string
	planner, network         string
	memory                   float64
	spacing                  []float64
	format, output           string
	replan                   bool
}

func newPlanCommand(a *app) *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan [DATASET]",
		Short: "Decide resampling, patch, batch and network of a dataset, with reasons",
		Long: `Writes the plan of a dataset: commented YAML with the reason behind each decision, or with
--format nnunet the plans JSON of nnU-Net v2. Give a dataset folder, which is measured first, or a
fingerprint and a dataset.json.`,
		Example: examples(
			"autoseg plan Dataset004_Hippocampus -o plan.yaml",
			"autoseg plan --fingerprint dataset_fingerprint.json --dataset-json dataset.json --planner resenc-l --format nnunet"),
		Args: argumentsRange(0, "DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.validate(args); err != nil {
				return err
			}
			return a.plan(cmd.Context(), &f, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.fingerprint, "fingerprint", "", "plan from this dataset_fingerprint.json `FILE` instead of measuring")
	flags.StringVar(&f.description, "dataset-json", "", "the dataset.json `FILE` that goes with --fingerprint")
	flags.StringVar(&f.planner, "planner", "default", "decide by the rules `"+strings.Join(plans.Planners, "|")+"`")
	flags.Float64Var(&f.memory, "memory-gb", 0, "plan for `GB` of accelerator memory (default: the planner's own, 8 to 40)")
	flags.StringVar(&f.network, "network", "", "plan the network `NAME` (default: the planner's own): "+strings.Join(plans.Families, ", "))
	flags.Float64SliceVar(&f.spacing, "target-spacing", nil, "resample to `Z,Y,X` mm instead of the median, axes as in the files")
	flags.StringVar(&f.format, "format", "yaml", "write `yaml|nnunet`")
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of stdout")
	flags.BoolVar(&f.replan, "replan", false, "replace an existing plan.yaml; comments of your own are kept, edited values are not")
	completePlanFlags(cmd)
	cmd.AddCommand(newPlanExplainCommand(a))
	return cmd
}

func completePlanFlags(cmd *cobra.Command) {
	for name, words := range map[string][]string{"planner": plans.Planners, "network": plans.Families, "format": {"yaml", "nnunet"}} {
		// The only error is a flag that does not exist.
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
}

func (f *planFlags) validate(args []string) error {
	given := f.fingerprint != "" || f.description != ""
	switch {
	case len(args) == 0 && (f.fingerprint == "" || f.description == ""):
		return usagef("give a DATASET folder, or --fingerprint and --dataset-json together")
	case len(args) == 1 && given:
		return usagef("give a DATASET folder or --fingerprint and --dataset-json, not both")
	case f.spacing != nil && len(f.spacing) != 3:
		return usagef("--target-spacing %v: want three numbers", f.spacing)
	}
	if err := oneOf("--format", f.format, []string{"yaml", "nnunet"}); err != nil {
		return err
	}
	if err := oneOf("--planner", f.planner, plans.Planners); err != nil {
		return err
	}
	if f.network != "" {
		if err := oneOf("--network", f.network, plans.Families); err != nil {
			return err
		}
	}
	options := f.options()
	if err := options.Validate(); err != nil {
		return usageError{err}
	}
	return nil
}

func (f *planFlags) options() planner.Options {
	o := planner.Options{Planner: f.planner, MemoryGB: f.memory, Network: f.network}
	if f.spacing != nil {
		o.TargetSpacing = (*[3]float64)(f.spacing)
	}
	return o
}

func (a *app) plan(ctx context.Context, f *planFlags, args []string) error {
	input, err := a.planInput(ctx, f, args)
	if err != nil {
		return err
	}
	p, err := planner.Plan(input, f.options())
	if err != nil {
		return fault.Input(err)
	}
	return a.writePlan(p, f)
}

// planInput reads a fingerprint, or measures a dataset.
func (a *app) planInput(ctx context.Context, f *planFlags, args []string) (planner.Input, error) {
	if len(args) == 1 {
		d, err := a.openDataset(args[0])
		if err != nil {
			return planner.Input{}, err
		}
		print, err := fingerprint.Extract(ctx, d, fingerprint.Options{Workers: a.threads(), Progress: a.track("fingerprint", "cases")})
		if err != nil {
			return planner.Input{}, err
		}
		return planner.FromDataset(d.Name, print, &d.Description), nil
	}
	print, err := fingerprint.Read(f.fingerprint)
	description, err2 := dataset.ReadJSON(f.description)
	if err := errors.Join(err, err2); err != nil {
		return planner.Input{}, err
	}
	return planner.FromDataset(datasetName(f.description), print, description), nil
}

// datasetName is the name of the folder that a dataset.json lies in.
func datasetName(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return filepath.Base(filepath.Dir(path))
}

func (a *app) writePlan(p *plans.Plans, f *planFlags) error {
	if f.output != "" {
		if err := writePlanFile(p, f); err != nil {
			return err
		}
	}
	switch {
	case a.flags.json, f.output == "" && f.format == "nnunet":
		return p.WriteNNUNet(a.stdout)
	case f.output == "":
		return p.WriteYAML(a.stdout)
	}
	_, err := fmt.Fprintln(a.stdout, f.output)
	return err
}

// writePlanFile writes the file of -o, in the format of --format.
func writePlanFile(p *plans.Plans, f *planFlags) error {
	if f.format == "nnunet" {
		var text bytes.Buffer
		if err := p.WriteNNUNet(&text); err != nil {
			return err
		}
		return atomicfile.WriteBytes(f.output, text.Bytes())
	}
	if err := keepExistingPlan(p, f); err != nil {
		return err
	}
	return p.Write(f.output)
}

// keepExistingPlan protects a plan that a person may have edited. An equal one may be written again;
// with --replan its comments move to the new one.
func keepExistingPlan(p *plans.Plans, f *planFlags) error {
	old, err := os.ReadFile(f.output)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	text, err := p.YAML()
	if err != nil {
		return err
	}
	if bytes.Equal(old, text) {
		return nil
	}
	if !f.replan {
		return fault.Input(fmt.Errorf("%s exists and may have been edited; write to another file, or use --replan to replace it", f.output))
	}
	if older, err := plans.Parse(f.output, old); err == nil {
		p.KeepComments(older)
	}
	return nil
}

func newPlanExplainCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "explain PLAN",
		Short: "Print every decision of a plan with its reason",
		Example: examples(
			"autoseg plan explain plan.yaml",
			"autoseg plan explain plan.yaml --json"),
		Args: arguments("PLAN"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := plans.Read(args[0])
			if err != nil {
				return err
			}
			if a.flags.json {
				return a.printJSON(p.Decisions())
			}
			return p.Explain(a.stdout)
		},
	}
}

package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/internal/fault"
)

// evaluateFlags are the flags of the verb.
type evaluateFlags struct {
	reference, prediction, compare, datasetJSON string
	output, csv                                 string
	labels                                      []int
	ignore                                      int
	nnunet, surface, rank                       bool
	tolerance                                   float64
	avd, bothEmpty, missed, rankBy              string
}

func newEvaluateCommand(a *app) *cobra.Command {
	var f evaluateFlags
	cmd := &cobra.Command{
		Use:   "evaluate [SUMMARY...]",
		Short: "Compare a folder of segmentations with a folder of references, or rank models",
		Long: `Compares every segmentation of a folder with the reference of the same name: overlap metrics, and with
--surface distances in mm. Shows mean, standard deviation, median, interquartile range and the 95 %
confidence interval of the mean per class.

With --rank the arguments are summary.json files, or folders that hold one, of the same cases: models are
ranked by how many others they significantly beat, as in the Medical Segmentation Decathlon.`,
		Example: examples(
			"autoseg evaluate --reference labelsTs --prediction predictions --dataset-json dataset.json",
			"autoseg evaluate --reference ref --prediction pred --labels 1,2 --ignore 3 --surface -o summary.json --csv cases.csv",
			"autoseg evaluate --reference ref --prediction pred --compare other --labels 1,2",
			"autoseg evaluate --rank models/2d/cv models/3d_fullres/cv"),
		Args: func(cmd *cobra.Command, args []string) error {
			if f.rank {
				return argumentsRange(2, "SUMMARY", "SUMMARY...")(cmd, args)
			}
			return arguments()(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.rank {
				return runRank(a, f, args)
			}
			return runEvaluate(cmd, a, f)
		},
	}
	f.register(cmd)
	return cmd
}

func (f *evaluateFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.reference, "reference", "", "the references, in folder `DIR`")
	flags.StringVar(&f.prediction, "prediction", "", "the predictions, in folder `DIR`")
	flags.StringVar(&f.compare, "compare", "", "compare with other predictions of the same cases, in folder `DIR`: mean difference and signed-rank test")
	flags.StringVar(&f.datasetJSON, "dataset-json", "", "take labels, regions and ignore label from `FILE`")
	flags.IntSliceVar(&f.labels, "labels", nil, "evaluate the label values `1,2,...`")
	flags.IntVar(&f.ignore, "ignore", evaluate.NoIgnore, "leave out voxels whose reference is label `N` (default: none)")
	flags.BoolVar(&f.surface, "surface", false, "measure distances between surfaces too: HD, HD95, ASSD (S2S), AVD, SurfaceDice")
	flags.Float64Var(&f.tolerance, "tolerance-mm", 1, "let the surface Dice forgive `MM`")
	flags.StringVar(&f.avd, "avd", string(evaluate.AVDVoxels), "the form of AVD: `voxels|voxels-mean|surface` (larger or mean of the directed means of all voxels, or larger of the surfaces')")
	flags.StringVar(&f.bothEmpty, "both-empty", string(evaluate.Undefined), "count a class that neither map has as `undefined|perfect`")
	flags.StringVar(&f.missed, "missed", string(evaluate.Infinite), "take the distance to a missed structure as `infinite|diagonal` (the image's diagonal)")
	flags.StringVarP(&f.output, "output", "o", "", "write summary.json to `FILE`")
	flags.StringVar(&f.csv, "csv", "", "write a table of all cases to `FILE`")
	flags.BoolVar(&f.nnunet, "nnunet", false, "write nnU-Net's metrics only, and its bare NaN")
	flags.BoolVar(&f.rank, "rank", false, "rank the models whose summaries are the arguments")
	flags.StringVar(&f.rankBy, "rank-by", string(evaluate.BySignificance), "rank by `significance|median`")
}

// options turns the flags into what the package wants.
func (f *evaluateFlags) options(a *app) (evaluate.Options, error) {
	o := evaluate.Options{Classes: evaluate.Labels(f.labels), Ignore: f.ignore, Formats: dataset.Formats(),
		BothEmpty: evaluate.BothEmpty(f.bothEmpty), Workers: a.threads(), Progress: a.track("evaluate", "cases")}
	if f.surface {
		o.Surface = &evaluate.SurfaceOptions{Tolerance: f.tolerance, AVD: evaluate.AVDForm(f.avd), Missed: evaluate.Missed(f.missed)}
	}
	if err := o.Validate(); err != nil {
		return o, usageError{err}
	}
	if f.datasetJSON != "" {
		d, err := dataset.ReadJSON(f.datasetJSON)
		if err != nil {
			return o, err
		}
		o.Classes, o.Ignore = evaluate.Classes(d.Labelling)
	}
	return o, nil
}

func (f *evaluateFlags) style() evaluate.Style {
	if f.nnunet {
		return evaluate.NNUNet
	}
	return evaluate.Standard
}

// checkLabels reports labels that no segmentation has, that are named twice, or that are ignored as well.
func (f *evaluateFlags) checkLabels(ignoring bool) error {
	if ignoring && (f.ignore < 0 || f.ignore > dataset.MaxLabel) {
		return usagef("--ignore %d: want a number from 0 to %d", f.ignore, dataset.MaxLabel)
	}
	for i, l := range f.labels {
		switch {
		case l < 0 || l > dataset.MaxLabel:
			return usagef("--labels %d: want numbers from 0 to %d", l, dataset.MaxLabel)
		case slices.Contains(f.labels[:i], l):
			return usagef("--labels names %d twice; once is enough", l)
		case ignoring && l == f.ignore:
			return usagef("label %d is in --labels and in --ignore; it is either measured or left out", l)
		}
	}
	return nil
}

func runEvaluate(cmd *cobra.Command, a *app, f evaluateFlags) error {
	if f.reference == "" || f.prediction == "" || (f.datasetJSON == "") == (len(f.labels) == 0) {
		return usagef("--reference, --prediction and either --dataset-json or --labels are needed; see %s", helpLine(cmd))
	}
	if err := f.checkLabels(cmd.Flags().Changed("ignore")); err != nil {
		return err
	}
	options, err := f.options(a)
	if err != nil {
		return err
	}
	s, err := evaluate.Folder(cmd.Context(), f.reference, f.prediction, options)
	if err != nil {
		return err
	}
	s.Describe(a.flags.seed)
	if f.output != "" {
		if err := s.WriteFile(f.output, f.style()); err != nil {
			return err
		}
	}
	if f.csv != "" {
		if err := s.WriteCSVFile(f.csv); err != nil {
			return err
		}
	}
	if f.compare != "" {
		return compareFolders(cmd.Context(), a, f, options, s)
	}
	if a.flags.json {
		return s.Write(a.stdout, f.style())
	}
	return printSummary(a, f, s)
}

// compareFolders evaluates the other predictions and prints the differences.
func compareFolders(ctx context.Context, a *app, f evaluateFlags, o evaluate.Options, first *evaluate.Summary) error {
	second, err := evaluate.Folder(ctx, f.reference, f.compare, o)
	if err != nil {
		return err
	}
	differences, err := evaluate.Paired(first, second, a.flags.seed)
	if err != nil {
		return fault.Input(fmt.Errorf("compare %s with %s: %w", f.prediction, f.compare, err))
	}
	if a.flags.json {
		return a.printJSON(map[string]any{"differences": differencesJSON(differences)})
	}
	return printDifferences(a, f, differences)
}

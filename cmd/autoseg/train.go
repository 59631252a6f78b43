package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/trainer"
	"github.com/autoseg/autoseg/weights"
)

// trainFlags are the flags of the verb train.
type trainFlags struct {
	plan, config, fold, output, finishBy, initial string
	optimiser, schedule                           string
	epochs, iterations, warmup, patience          int
	rate                                          float64
	resume, warmed                                bool
	watch                                         trainer.Watch
}

func newTrainCommand(a *app) *cobra.Command {
	var f trainFlags
	c := &cobra.Command{
		Use:   "train DATASET --plan FILE --config NAME --fold K",
		Short: "Train one fold of one configuration",
		Long: "Train one fold of one configuration, after preprocessing what is not preprocessed yet,\n" +
			"and predict its validation cases. Interrupted or killed, the same command goes on from\n" +
			"the last checkpoint and comes to the same weights.",
		Example: examples(
			"autoseg train Dataset004_Hippocampus --plan plan.yaml --config 3d_fullres --fold 0 --finish-by 60m",
			"autoseg train data/liver --plan plan.yaml --config 2d --fold all --epochs 50 --init runs/other/models/2d",
			"autoseg train data/liver --plan plan.yaml --config 3d_fullres --fold 0 --watch-case liver_004 --watch-epochs 3,6,10,60"),
		Args: arguments("DATASET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.warmed = cmd.Flags().Changed("warmup")
			return runTrain(cmd.Context(), a, args[0], f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.plan, "plan", "", "the plan, ours or nnU-Net's JSON, in `FILE`")
	flags.StringVar(&f.config, "config", "", "the configuration `NAME` of the plan: 2d, 3d_fullres, ...")
	flags.StringVar(&f.fold, "fold", "", "the fold `K`: 0, 1, ... or all")
	flags.StringVarP(&f.output, "output", "o", "", "the run folder `DIR` (default: autoseg-runs/DATASET)")
	flags.IntVar(&f.epochs, "epochs", 0, "train `N` epochs (default: 1000)")
	flags.IntVar(&f.iterations, "iterations", 0, "make `N` updates per epoch (default: 250) and a fifth as many validations")
	flags.StringVar(&f.finishBy, "finish-by", "", "be done, validation included, by `TIME` (18:30) or within a duration (90m): epochs are shortened to fit")
	flags.StringVar(&f.initial, "init", "", "begin with the weights of the model folder `MODEL`, where they fit")
	flags.StringVar(&f.optimiser, "optimizer", "", "update by `sgd|adam|adamw` (default: what the plan says, else sgd)")
	flags.StringVar(&f.schedule, "schedule", "", "lower the learning rate by `poly|cosine|constant|plateau` (default: what the plan says, else poly)")
	flags.Float64Var(&f.rate, "rate", 0, "begin with the learning rate `R` (default: the optimizer's)")
	flags.IntVar(&f.warmup, "warmup", 0, "raise the rate from zero over the first `N` epochs (default: what the plan says, else 0)")
	flags.IntVar(&f.patience, "patience", 0, "end after `N` epochs without a better pseudo Dice (default: never)")
	flags.StringVar(&f.watch.Case, "watch-case", "", "look at the attention and the outputs that the training case `CASE` gets, with --watch-epochs")
	flags.IntSliceVar(&f.watch.Epochs, "watch-epochs", nil, "look after the epochs `N,N,...`, counted from 1, and write fold_K/watch/epoch_NNN")
	flags.BoolVar(&f.resume, "resume", false, "insist on going on from a checkpoint of the same settings")
	return c
}

// settings turns the flags into a Config; what they do not say is the plan's.
func (f *trainFlags) settings(a *app, configuration *plans.Configuration, now time.Time) (trainer.Config, error) {
	c := trainer.For(configuration)
	if err := f.recipe(&c, configuration); err != nil {
		return c, err
	}
	c.Fold, c.Seed, c.Workers = f.fold, a.flags.seed, max(1, a.threads()/2)
	c.Patience, c.ResumeOnly = f.patience, f.resume
	if f.epochs != 0 {
		c.Epochs = f.epochs
	}
	if f.iterations != 0 {
		c.Iterations, c.ValidationIterations = f.iterations, max(1, f.iterations/5)
	}
	if f.finishBy != "" {
		var err error
		if c.Deadline, err = deadline(f.finishBy, now); err != nil {
			return c, err
		}
	}
	if err := c.Validate(); err != nil {
		return c, usageError{err}
	}
	return c, nil
}

// recipe has the flags overrule optimiser and schedule of the plan. A flag that names what the plan names
// leaves the plan's parameters.
func (f *trainFlags) recipe(c *trainer.Config, plan *plans.Configuration) error {
	if f.optimiser != "" && f.optimiser != plan.Optimiser.Name {
		o, err := plans.DefaultOptimiser(f.optimiser)
		if err != nil {
			return usagef("--optimizer %w", err)
		}
		c.Optimise(o)
	}
	if f.schedule != "" {
		s, err := plans.DefaultSchedule(f.schedule)
		if err != nil {
			return usagef("--schedule %w", err)
		}
		s.Warmup = plan.Schedule.Warmup
		c.Follow(s)
	}
	if f.rate != 0 {
		c.Rate = f.rate
	}
	if f.warmed {
		c.Warmup = f.warmup
	}
	return nil
}

// deadline reads a time of day (the next one to come), a date with time, or a duration from now.
func deadline(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		if !t.After(now) {
			return now, usagef("--finish-by %s is over; name a time to come", text)
		}
		return t, nil
	}
	clock, err := time.Parse("15:04", text)
	if err != nil {
		return now, usagef("--finish-by %q: want a time of day (18:30), a date with time (2026-01-31T18:30:00Z) or a duration (90m)", text)
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, now.Location())
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at, nil
}

func runTrain(ctx context.Context, a *app, folder string, f trainFlags) error {
	if f.plan == "" || f.config == "" || f.fold == "" {
		return usagef("--plan, --config and --fold are needed; see autoseg help train")
	}
	now := time.Now() // of --finish-by: reading and preprocessing count
	if _, err := f.settings(a, &plans.Configuration{}, now); err != nil {
		return err // whatever is said in the plan
	}
	d, err := a.openDataset(folder)
	if err != nil {
		return err
	}
	p, err := plans.Read(f.plan)
	if err != nil {
		return err
	}
	c, err := p.Configuration(f.config)
	if err != nil {
		return fault.Input(err)
	}
	config, err := f.settings(a, c, now)
	if err != nil {
		return err
	}
	if f.output == "" {
		f.output = filepath.Join("autoseg-runs", d.Name)
	}
	t := &foldTraining{app: a, data: d, plan: p, configuration: c, run: f.output, config: config, watch: f.watch}
	if f.initial != "" {
		if t.initial, err = initialWeights(f.initial); err != nil {
			return err
		}
	}
	return t.do(ctx)
}

// initialWeights reads the weights that a training begins with: those of a model's first fold.
func initialWeights(dir string) ([]weights.Tensor, error) {
	m, err := model.Open(dir, model.Final)
	if err != nil {
		return nil, err
	}
	folds, err := m.Choose(nil)
	if err != nil {
		return nil, err
	}
	fold, err := m.Weights(folds[0])
	if err != nil {
		return nil, err
	}
	return fold.Tensors, nil
}

// trained is what the verb reports.
type trained struct {
	Folder  string           `json:"folder"`
	Epochs  int              `json:"epochs"`
	Updates int              `json:"updates"`
	Dice    *float64         `json:"mean_foreground_dice"`
	Resolve trainer.Resolved `json:"schedule"`
}

func (t *foldTraining) report(r trainer.Result, summary *evaluate.Summary) error {
	result := trained{Folder: t.folder(), Epochs: r.Epochs, Updates: r.Updates, Resolve: r.Resolved}
	text := "not evaluated"
	if summary != nil {
		if dice := summary.Foreground["Dice"]; !math.IsNaN(dice) {
			result.Dice, text = &dice, fmt.Sprintf("%.4f", dice)
		}
	}
	if t.app.flags.json {
		return t.app.printJSON(result)
	}
	rows := [][]any{{"epochs", result.Epochs}, {"updates", result.Updates}, {"best pseudo Dice, moving average", fmt.Sprintf("%.4f", r.Best)}}
	if summary != nil {
		for _, c := range summary.Classes {
			rows = append(rows, []any{"Dice of class " + c.Key, fmt.Sprintf("%.4f", summary.Mean[c.Key]["Dice"])})
		}
	}
	t.app.summarise([]any{"Trained", t.configuration.Name + " fold " + t.config.Fold}, rows)
	_, err := fmt.Fprintf(t.app.stdout, "%s: %d epochs, %d updates, mean foreground Dice of the validation cases %s\n",
		result.Folder, result.Epochs, result.Updates, text)
	return err
}

// splitsOf returns the folds: the dataset's own splits_final.json, the run's splits.json, or new ones,
// which are written there.
func splitsOf(d *dataset.Dataset, run string) ([]dataset.Fold, error) {
	for _, path := range []string{filepath.Join(d.Dir, "splits_final.json"), filepath.Join(run, "splits.json")} {
		if exists(path) {
			folds, err := dataset.ReadFolds(path)
			return folds, fault.Input(err)
		}
	}
	folds := dataset.Folds(d.IDs())
	return folds, dataset.WriteFolds(filepath.Join(run, "splits.json"), folds)
}

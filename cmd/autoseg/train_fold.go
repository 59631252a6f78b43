package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/trainer"
	"github.com/autoseg/autoseg/weights"
)

// foldTraining trains one fold in a run folder.
type foldTraining struct {
	app           *app
	data          *dataset.Dataset
	plan          *plans.Plans
	configuration *plans.Configuration
	run           string
	config        trainer.Config
	initial       []weights.Tensor
	watch         trainer.Watch
}

func (t *foldTraining) model() string {
	return filepath.Join(t.run, "models", t.plan.ModelName(t.configuration))
}

// stage returns the model folder of another configuration of the plan.
func (t *foldTraining) stage(name string) (string, error) {
	c, err := t.plan.Configuration(name)
	if err != nil {
		return "", err
	}
	return filepath.Join(t.run, "models", t.plan.ModelName(c)), nil
}

func (t *foldTraining) folder() string { return filepath.Join(t.model(), "fold_"+t.config.Fold) }

func (t *foldTraining) do(ctx context.Context) error {
	if err := t.data.Check(); err != nil {
		return err
	}
	if err := trainer.CheckLoss(t.configuration, t.data.Labelling); err != nil {
		return err
	}
	split, err := t.split()
	if err != nil {
		return err
	}
	if err := t.watch.Check(split); err != nil {
		return fault.Input(err)
	}
	executor, err := t.app.executor()
	if err != nil {
		return err
	}
	defer executor.Close()
	store, err := t.prepare(ctx)
	if err != nil {
		return err
	}
	validation := &trainer.Validation{
		Plans: t.plan, Configuration: t.configuration.Name, Dataset: t.data, Store: store, Cases: split.Validation,
		Folder: filepath.Join(t.folder(), "validation"), MirrorAxes: []int{0, 1, 2}[:t.configuration.Dimensions()],
		Workers: t.app.threads(), Executor: executor,
	}
	if validation.Next, err = t.next(ctx); err != nil {
		return err
	}
	var previous func(id string) ([]int16, error)
	if stage := t.configuration.PreviousStage; stage != "" {
		dir, err := t.stage(stage)
		if err != nil {
			return err
		}
		previous = trainer.PreviousStage(filepath.Join(dir, "predicted_next_stage"))
		validation.Previous = previous
	}
	var summary *evaluate.Summary
	job := trainer.Job{
		Config: t.config, Configuration: t.configuration, Labelling: t.data.Labelling, Store: store, Split: split,
		Folder: t.folder(), Executor: executor, Initial: t.initial, Previous: previous, Watch: t.watch,
		Observe: t.observe, Progress: t.app.track("train "+t.configuration.Name+" fold "+t.config.Fold, "iterations"),
		Validate: func(ctx context.Context, parameters []weights.Tensor) error {
			validation.Progress = t.app.track("validate fold "+t.config.Fold, "cases")
			var err error
			summary, err = validation.Run(ctx, parameters)
			return err
		},
	}
	result, err := trainJob(ctx, job)
	t.app.progress.Done()
	if err != nil {
		return err
	}
	if summary == nil { // the training was over before; its validation is there to be told again
		if known, err := evaluate.Read(filepath.Join(validation.Folder, "summary.json")); err == nil {
			summary = known
		}
	}
	return t.report(result, summary)
}

func trainJob(ctx context.Context, job trainer.Job) (trainer.Result, error) {
	t, err := trainer.New(job)
	if err != nil {
		return trainer.Result{}, err
	}
	defer t.Close()
	return t.Run(ctx)
}

// split returns the cases of the fold.
func (t *foldTraining) split() (dataset.Fold, error) {
	if t.config.Fold == "all" {
		return dataset.AllFold(t.data.IDs()), nil
	}
	if err := os.MkdirAll(t.run, 0o777); err != nil {
		return dataset.Fold{}, fault.Input(err)
	}
	folds, err := splitsOf(t.data, t.run)
	if err != nil {
		return dataset.Fold{}, err
	}
	k, err := strconv.Atoi(t.config.Fold)
	if err != nil || k < 0 || k >= len(folds) || strconv.Itoa(k) != t.config.Fold {
		return dataset.Fold{}, fault.Input(fmt.Errorf("fold %s does not exist: there are %s", t.config.Fold, foldNames(len(folds))))
	}
	return folds[k], nil
}

// foldNames lists what --fold may be.
func foldNames(n int) string {
	var names strings.Builder
	for k := range n {
		fmt.Fprintf(&names, "%d, ", k)
	}
	return names.String() + "all"
}

// prepare preprocesses what is not preprocessed and makes the model folder self-contained.
func (t *foldTraining) prepare(ctx context.Context) (*dataset.Store, error) {
	store, err := t.preprocess(ctx, t.configuration.Name)
	if err != nil {
		return nil, err
	}
	return store, t.describe(ctx)
}

func (t *foldTraining) preprocess(ctx context.Context, name string) (*dataset.Store, error) {
	dir := filepath.Join(t.run, "preprocessed", name)
	err := preprocess.Dataset(ctx, t.data, t.plan, name, dir, preprocess.Options{
		Workers: t.app.threads(), Progress: t.app.track("preprocess "+name, "cases"),
	})
	t.app.progress.Done()
	if err != nil {
		return nil, err
	}
	return dataset.OpenStore(dir)
}

// next prepares what the first stage of a cascade leaves for the second, or returns nil.
func (t *foldTraining) next(ctx context.Context) (*trainer.NextStage, error) {
	name := t.configuration.NextStage
	if name == "" {
		return nil, nil
	}
	c, err := t.plan.Configuration(name)
	if err != nil {
		return nil, fault.Input(err)
	}
	store, err := t.preprocess(ctx, name)
	if err != nil {
		return nil, err
	}
	return &trainer.NextStage{Configuration: c, Store: store, Folder: filepath.Join(t.model(), "predicted_next_stage")}, nil
}

// describe writes what a copied model folder needs to predict on its own.
func (t *foldTraining) describe(ctx context.Context) error {
	if err := os.MkdirAll(t.model(), 0o777); err != nil {
		return fault.Input(err)
	}
	if err := t.plan.Write(filepath.Join(t.model(), "plan.yaml")); err != nil {
		return err
	}
	if err := dataset.WriteJSON(filepath.Join(t.model(), "dataset.json"), &t.data.Description); err != nil {
		return err
	}
	path := filepath.Join(t.model(), "dataset_fingerprint.json")
	if exists(path) {
		return nil
	}
	known, err := fingerprint.Read(filepath.Join(t.run, "dataset_fingerprint.json"))
	if err != nil {
		known, err = fingerprint.Extract(ctx, t.data, fingerprint.Options{Workers: t.app.threads(), Progress: t.app.track("fingerprint", "cases")})
	}
	if err != nil {
		return err
	}
	return fingerprint.Write(path, known)
}

// observe tells people what happens.
func (t *foldTraining) observe(e trainer.Event) {
	log := t.app.log
	switch e.Event {
	case "epoch":
		log.Info("epoch", "number", e.Epoch, "rate", fmt.Sprintf("%.5f", e.Rate), "train loss", fmt.Sprintf("%.4f", float64(*e.TrainLoss)),
			"validation loss", fmt.Sprintf("%.4f", float64(*e.ValidationLoss)), "pseudo Dice", fmt.Sprintf("%.4f", float64(*e.MeanDice)),
			"seconds", fmt.Sprintf("%.1f", e.Seconds))
	case "schedule":
		log.Info("schedule", "from epoch", e.Segment.From, "epochs", e.Segment.Epochs, "iterations", e.Segment.Iterations, "validation iterations", e.Segment.ValidationIterations)
	case "warning", "rollback":
		log.Warn(e.Message)
	case "resume":
		log.Info("going on from the checkpoint", "epoch", e.Epoch, "iteration", e.Iteration)
	case "start":
		if e.Message != "" {
			log.Info(e.Message)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

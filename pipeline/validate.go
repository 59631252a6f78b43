package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/weights"
)

// validate predicts the validation cases of a training with its final weights, as it would predict new
// images, and evaluates them. Cases that an interrupted call has predicted are left alone.
func (r *run) validate(ctx context.Context, t training, parameters []weights.Tensor) error {
	fold, err := r.fold(t.fold)
	if err != nil {
		return err
	}
	store, err := dataset.OpenStore(r.path(storeDir(t.configuration)))
	if err != nil {
		return err
	}
	p, err := predict.New(predict.Config{
		Plans: r.plan, Configuration: t.configuration.Name, Labelling: r.data.Labelling,
		Folds: [][]weights.Tensor{parameters}, MirrorAxes: axes(t.configuration.Dimensions()),
		Workers: r.Threads, Executor: r.Executor,
	})
	if err != nil {
		return err
	}
	defer p.Close()
	dir := path.Join(foldDir(r.plan, t), "validation")
	if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
		return err
	}
	report := r.Track("validate "+t.configuration.Name+" fold "+t.fold, "cases")
	var cases []dataset.Case
	for i, id := range fold.Validation {
		if err := r.validateCase(ctx, p, store, id, r.path(dir, id+r.data.FileEnding)); err != nil {
			return fmt.Errorf("validation of case %s: %w", id, err)
		}
		c, err := r.data.Case(id)
		if err != nil {
			return err
		}
		cases = append(cases, c)
		report(i+1, len(fold.Validation))
	}
	summary, err := r.compare(ctx, cases, dir)
	if err != nil {
		return err
	}
	return summary.WriteFile(r.path(dir, summaryFile), evaluate.Standard)
}

func (r *run) validateCase(ctx context.Context, p *predict.Predictor, store *dataset.Store, id, target string) error {
	if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	stored, err := store.Open(id)
	if err != nil {
		return err
	}
	defer stored.Close()
	s := &preprocess.Sample{Channels: stored.Channels(), Shape: stored.Shape(), Data: stored.Data()}
	if err := stored.Properties(&s.Trail); err != nil {
		return err
	}
	result, err := p.Sample(ctx, s, nil)
	if err != nil {
		return err
	}
	return dataset.Formats().WriteLabels(target, result.Labels)
}

// axes lists the axes of a network: all are mirrored.
func axes(dimensions int) []int { return []int{0, 1, 2}[:dimensions] }

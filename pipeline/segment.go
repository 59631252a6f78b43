package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/selection"
)

const (
	predictStage = "predict"
	// rawDir holds what networks predict, in a folder per model or ensemble, before any rule changes it.
	rawDir = "predictions_raw"
)

// segment predicts the test images with the selected models.
func (r *run) segment(ctx context.Context) error {
	if len(r.data.Test) == 0 {
		r.log.Info("no imagesTs: nothing to predict")
		return nil
	}
	_, err := r.do(ctx, stage{
		name:    predictStage,
		results: []string{rawDir},
		inputs: func(in inputs) error {
			images, err := r.files(caseFiles(r.data.Test, imageFiles))
			if err != nil {
				return err
			}
			for _, model := range r.selected.Models {
				for _, fold := range r.selected.Folds {
					in["model "+model+" "+fold] = r.key(trainStageOf(model, fold))
				}
			}
			return in.values(map[string]any{"test images": images, "models": r.selected.Models, "seed": r.Seed})
		},
		run: r.predictTest,
	})
	return err
}

// predictTest predicts every test image that has no prediction yet: begin removes those of other inputs, so
// what is there comes from an interrupted run with the same ones. A case that fails does not keep the
// others from being predicted.
func (r *run) predictTest(ctx context.Context) error {
	failures := r.predictCases(ctx, r.unpredicted())
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(r.unpredicted()) == len(r.data.Test) {
		return fmt.Errorf("no test image could be predicted:\n%v", failures) // no bad input any more: work was done
	}
	return partially(failures)
}

// predictCases predicts cases with the selected model, or with all models of an ensemble one after the
// other; probabilities lie on the disk between them.
func (r *run) predictCases(ctx context.Context, cases []dataset.Case) error {
	members := r.selected.Models
	if len(members) == 1 {
		return r.predictWith(ctx, members[0], cases, predict.Options{})
	}
	var failures []error
	for _, m := range members {
		failures = append(failures, r.predictWith(ctx, m, cases, predict.Options{Probabilities: true}))
		if err := ctx.Err(); err != nil {
			return err // the probabilities stay: the next execution goes on from them
		}
		cases = r.withProbabilities(m, cases) // a case that failed needs no other member
	}
	if len(cases) > 0 {
		failures = append(failures, r.average(ctx, cases))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.Join(append(failures, r.removeProbabilities(nil))...)
}

// firstStage returns the model that a cascade's second stage needs the predictions of, or "".
func (r *run) firstStage(name string) string {
	c := r.trained(name)
	if c == nil || c.PreviousStage == "" {
		return ""
	}
	return modelName(r.plan, r.previous(c))
}

// predictWith predicts cases with one model, and before it with what that needs.
func (r *run) predictWith(ctx context.Context, name string, cases []dataset.Case, o predict.Options) error {
	var failures error
	if first := r.firstStage(name); first != "" {
		failures = r.predictWith(ctx, first, cases, predict.Options{})
		cases = slices.DeleteFunc(slices.Clone(cases), func(c dataset.Case) bool { return !r.has(path.Join(rawDir, first, c.ID+r.data.FileEnding)) })
		if ctx.Err() != nil || len(cases) == 0 {
			return failures
		}
	}
	o.Folds, o.Checkpoint, o.Workers, o.Executor = r.selected.Folds, model.Final, r.Threads, r.Executor
	p, err := predict.Open(r.path("models", name), o)
	if err != nil {
		return errors.Join(failures, err)
	}
	defer p.Close()
	b := predict.Batch{Dataset: r.data, Cases: cases, Output: r.path(rawDir, name), Resume: true, MaxMemory: r.MaxMemory}
	if first := r.firstStage(name); first != "" {
		b.Previous = r.path(rawDir, first)
	}
	b.Announce = func(s predict.Schedule) {
		r.log.Info("predicting with " + name + " takes at most " + predict.Bytes(s.Peak) + " of memory")
	}
	report, total := r.Track("predict with "+name, "cases"), len(p.Due(b))
	var done atomic.Int64
	b.Done = func(id string, result *predict.Result) {
		for _, flag := range result.Quality.Flags {
			r.log.Warn("look at the prediction of case " + id + ": " + flag)
		}
		report(int(done.Add(1)), total)
	}
	return errors.Join(failures, p.Run(ctx, b))
}

// average makes the ensemble's segmentations from the members' probabilities.
func (r *run) average(ctx context.Context, cases []dataset.Case) error {
	if err := r.removeProbabilities(cases); err != nil {
		return err
	}
	e := selection.Ensemble{
		Output: r.path(r.raw()), Labelling: &r.data.Labelling, Formats: dataset.Formats(),
		Workers: 1, Progress: r.Track("ensemble", "cases"),
	}
	for _, m := range r.selected.Models {
		e.Inputs = append(e.Inputs, r.path(rawDir, m))
	}
	_, err := e.Run(ctx)
	return err
}

// raw is the folder of the selected model's or ensemble's predictions, relative to the run folder.
func (r *run) raw() string { return path.Join(rawDir, strings.Join(r.selected.Models, "+")) }

// rawOf is the file of a test case's segmentation before any rule, relative to the run folder.
func (r *run) rawOf(c dataset.Case) string { return path.Join(r.raw(), c.ID+r.data.FileEnding) }

// unpredicted returns the test cases that lack a raw segmentation.
func (r *run) unpredicted() []dataset.Case {
	var cases []dataset.Case
	for _, c := range r.data.Test {
		if !r.has(r.rawOf(c)) {
			cases = append(cases, c)
		}
	}
	return cases
}

// has reports whether a file of the run folder is there.
func (r *run) has(file string) bool {
	_, err := os.Stat(r.path(file))
	return err == nil
}

func (r *run) probabilitiesOf(model, id string) string { return path.Join(rawDir, model, id+".npz") }

// withProbabilities returns those of the cases whose probabilities a model has written.
func (r *run) withProbabilities(model string, cases []dataset.Case) []dataset.Case {
	var written []dataset.Case
	for _, c := range cases {
		if r.has(r.probabilitiesOf(model, c.ID)) {
			written = append(written, c)
		}
	}
	return written
}

// removeProbabilities removes the probabilities of all members and test cases but the given ones.
func (r *run) removeProbabilities(but []dataset.Case) error {
	keep := map[string]bool{}
	for _, c := range but {
		keep[c.ID] = true
	}
	for _, m := range r.selected.Models {
		files, err := filepath.Glob(r.path(rawDir, m, "*.npz"))
		if err != nil {
			return err
		}
		for _, file := range files {
			if keep[strings.TrimSuffix(filepath.Base(file), ".npz")] {
				continue
			}
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

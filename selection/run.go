package selection

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/postprocess"
	"github.com/autoseg/autoseg/volume"
)

// Options say what is selected from.
type Options struct {
	// Run is the run folder, Dataset the dataset that it was made from.
	Run     string
	Dataset *dataset.Dataset
	// Models are the folders below models to choose from; none means all that are there.
	Models []string
	// Folds are the folds that count, and a case that several of them validate is taken from the first;
	// none means all that were trained, which then must not share a case.
	Folds []string
	// Resume keeps the segmentations of pairs that are there, as an interrupted Run of the same models
	// left them.
	Resume bool
	// SinglesOnly leaves the pairs out, which take as long as predicting every training case twice.
	SinglesOnly bool
	// Extra are the kinds of post-processing rules to try besides nnU-Net's.
	Extra []postprocess.Candidates
	// NoMirror predicts pairs without mirroring.
	NoMirror bool
	// Executor runs the networks of the pairs.
	Executor engine.Executor
	// Workers is the number of threads; 0 means one.
	Workers int
	// Track, if not nil, returns a function that shows how far a piece of work is.
	Track func(title, unit string) func(done, total int)
}

func (o *Options) track(title string) func(done, total int) {
	if o.Track == nil {
		return func(int, int) {}
	}
	return o.Track(title, "cases")
}

// Run measures every model of a run and every pair of them on the validation cases, chooses the best,
// chooses post-processing rules for it, and writes selection.yaml. The predictions of pairs are computed
// from the weights as they are needed, case by case; their segmentations and a summary stay in the run
// folder's ensembles/MODEL+MODEL.
func Run(ctx context.Context, o Options) (*Selection, error) {
	candidates, err := findModels(o)
	if err != nil {
		return nil, err
	}
	if err := comparable(candidates); err != nil {
		return nil, fault.Input(err)
	}
	if !o.SinglesOnly {
		candidates = append(candidates, pairs(candidates)...)
	}
	s := &Selection{}
	for _, c := range candidates {
		e, err := o.judge(ctx, c)
		if err != nil {
			return nil, err
		}
		s.Evidence = append(s.Evidence, e)
	}
	best := candidates[Best(s.Evidence)]
	s.Configuration, s.Model, s.Models, s.Folds = best.name(), best.models[0], best.models, best.foldNames()
	rules, evidence, err := postprocess.Select(ctx, o.postprocessCases(best), postprocess.Options{
		Labelling: o.Dataset.Labelling, Extra: o.Extra, Workers: o.Workers, Progress: o.track("post-processing"),
	})
	if err != nil {
		return nil, err
	}
	s.Postprocessing = &postprocess.Decision{Rules: rules, Evidence: evidence}
	return s, s.Write(o.Run)
}

// judge predicts the validation cases with a pair, which nobody has done yet, and measures a candidate.
func (o *Options) judge(ctx context.Context, c *candidate) (Evidence, error) {
	pair := len(c.models) > 1
	if pair {
		if err := predictPair(ctx, *o, c); err != nil {
			return Evidence{}, fmt.Errorf("ensemble of %s: %w", c.name(), err)
		}
	}
	summary, err := o.measure(ctx, c)
	if err == nil && pair {
		err = summary.WriteFile(filepath.Join(o.Run, EnsembleDir(c.models), summaryFile), evaluate.Standard)
	}
	if err != nil {
		return Evidence{}, fmt.Errorf("%s: %w", c.name(), err)
	}
	return Evidence{Configuration: c.name(), Dice: postprocess.Number(summary.Foreground["Dice"]), Cases: len(summary.Cases)}, nil
}

// comparable reports a model whose mean is over other cases than the first one's.
func comparable(candidates []*candidate) error {
	want := slices.Sorted(slices.Values(candidates[0].cases()))
	for _, c := range candidates[1:] {
		if !slices.Equal(slices.Sorted(slices.Values(c.cases())), want) {
			return fmt.Errorf("%s and %s were validated on different cases (folds %v and %v), so that their means cannot be compared; train the same folds of both",
				candidates[0].name(), c.name(), candidates[0].foldNames(), c.foldNames())
		}
	}
	return nil
}

// measure compares the segmentations of a candidate with the dataset's labels.
func (o *Options) measure(ctx context.Context, c *candidate) (*evaluate.Summary, error) {
	classes, ignore := evaluate.Classes(o.Dataset.Labelling)
	cases := c.cases()
	results := make([]evaluate.Case, len(cases))
	err := parallel.Each(ctx, max(1, o.Workers), len(cases), func(_, i int) error {
		reference, err := o.reference(cases[i])
		if err != nil {
			return err
		}
		prediction, err := dataset.Formats().ReadLabels(c.files[cases[i]])
		if err != nil {
			return err
		}
		if prediction.Shape != reference.Shape {
			return fmt.Errorf("case %s: the prediction has shape %v, the labels %v", cases[i], prediction.Shape, reference.Shape)
		}
		results[i] = evaluate.Case{
			ID: cases[i], Prediction: filepath.Base(c.files[cases[i]]), Reference: cases[i] + o.Dataset.FileEnding,
			Metrics: evaluate.Compare(reference, prediction, evaluate.Options{Classes: classes, Ignore: ignore}),
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return evaluate.Summarise(classes, results), nil
}

func (o *Options) reference(id string) (*volume.Labels, error) {
	c, err := o.Dataset.Case(id)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%w; is it the dataset of this run?", err))
	}
	return o.Dataset.Labels(c)
}

func (o *Options) postprocessCases(c *candidate) []postprocess.Case {
	var cases []postprocess.Case
	for _, id := range c.cases() {
		cases = append(cases, postprocess.Case{
			ID:         id,
			Reference:  func() (*volume.Labels, error) { return o.reference(id) },
			Prediction: func() (*volume.Labels, error) { return dataset.Formats().ReadLabels(c.files[id]) },
		})
	}
	return cases
}

package pipeline

import (
	"context"
	"fmt"
	"path"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/internal/parallel"
)

const (
	evaluateStage = "evaluate"
	summaryFile   = "summary.json"
)

// assess evaluates the predictions of the test images that have labels; those that could not be predicted
// are left out. Its summary lies beside them.
func (r *run) assess(ctx context.Context) error {
	var labelled []dataset.Case
	for _, c := range r.predicted() {
		if c.Labels != "" {
			labelled = append(labelled, c)
		}
	}
	if len(labelled) == 0 {
		return nil
	}
	result := path.Join(predictionsDir, summaryFile)
	_, err := r.do(ctx, stage{
		name:    evaluateStage,
		results: []string{result},
		inputs: func(in inputs) error {
			references, err := r.files(caseFiles(labelled, labelFiles))
			if err != nil {
				return err
			}
			in["predictions"], err = r.made(postprocessStage)
			if err != nil {
				return err
			}
			return in.value("references", references)
		},
		run: func(ctx context.Context) error {
			summary, err := r.compare(ctx, labelled, predictionsDir)
			if err != nil {
				return err
			}
			r.log.Info("test cases", "mean foreground Dice", fmt.Sprintf("%.4f", summary.Foreground["Dice"]))
			return summary.WriteFile(r.path(result), evaluate.Standard)
		},
	})
	return err
}

// compare evaluates the predictions of cases, which lie in a folder of the run under the cases' names,
// against the dataset's labels, whatever files these are in: by voxels and by surfaces.
func (r *run) compare(ctx context.Context, cases []dataset.Case, dir string) (*evaluate.Summary, error) {
	classes, ignore := evaluate.Classes(r.data.Labelling)
	surface := evaluate.DefaultSurface()
	o := evaluate.Options{Classes: classes, Ignore: ignore, Surface: &surface, Workers: 1}
	results := make([]evaluate.Case, len(cases))
	err := parallel.Each(ctx, r.Threads, len(cases), func(_, i int) error {
		name := cases[i].ID + r.data.FileEnding
		reference, err := r.data.Labels(cases[i])
		if err != nil {
			return err
		}
		prediction, err := dataset.Formats().ReadLabels(r.path(dir, name))
		if err != nil {
			return err
		}
		if reference.Shape != prediction.Shape {
			return fmt.Errorf("case %s: the prediction has shape %v, the labels %v", cases[i].ID, prediction.Shape, reference.Shape)
		}
		c := evaluate.Case{
			ID: cases[i].ID, Prediction: path.Join(path.Base(dir), name), Reference: name,
			Metrics: evaluate.Compare(reference, prediction, o),
		}
		results[i] = c
		return nil
	})
	if err != nil {
		return nil, err
	}
	return evaluate.Summarise(classes, results), nil
}

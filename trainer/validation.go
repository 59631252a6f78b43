package trainer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/weights"
)

// Validation predicts the validation cases of a fold with its final weights, by the code that predicts
// new images, and compares them with the dataset's labels (nnU-Net's perform_actual_validation).
type Validation struct {
	Plans         *plans.Plans
	Configuration string
	Dataset       *dataset.Dataset
	Store         *dataset.Store
	// Cases are the identifiers of the cases.
	Cases []string
	// Folder gets CASE with the dataset's file ending, and summary.json.
	Folder string
	// MirrorAxes are the axes that prediction mirrors.
	MirrorAxes []int
	Workers    int
	Executor   engine.Executor
	// Next, if not nil, gets the segmentations for the next stage of a cascade; Previous reads those of
	// the previous one.
	Next     *NextStage
	Previous func(id string) ([]int16, error)
	// Progress, if not nil, is told after every case.
	Progress func(done, total int)
}

// Run predicts every case that has no prediction yet and writes summary.json. It can be Job.Validate.
func (v *Validation) Run(ctx context.Context, parameters []weights.Tensor) (*evaluate.Summary, error) {
	if err := os.MkdirAll(v.Folder, 0o777); err != nil {
		return nil, err
	}
	p, err := predict.New(predict.Config{
		Plans: v.Plans, Configuration: v.Configuration, Labelling: v.Dataset.Labelling, Folds: [][]weights.Tensor{parameters},
		MirrorAxes: v.MirrorAxes, Probabilities: v.Next != nil, Workers: v.Workers, Executor: v.Executor,
	})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	classes, ignore := evaluate.Classes(v.Dataset.Labelling)
	var results []evaluate.Case
	for i, id := range v.Cases {
		r, err := v.one(ctx, p, id, classes, ignore)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", id, err)
		}
		results = append(results, r)
		if v.Progress != nil {
			v.Progress(i+1, len(v.Cases))
		}
	}
	summary := evaluate.Summarise(classes, results)
	return summary, summary.WriteFile(filepath.Join(v.Folder, "summary.json"), evaluate.Standard)
}

// one predicts and compares a case.
func (v *Validation) one(ctx context.Context, p *predict.Predictor, id string, classes []evaluate.Class, ignore int) (evaluate.Case, error) {
	name := id + v.Dataset.FileEnding
	result := evaluate.Case{ID: id, Prediction: "validation/" + name, Reference: name, Metrics: map[string]evaluate.Values{}}
	c, err := v.Dataset.Case(id)
	if err != nil {
		return result, err
	}
	reference, err := v.Dataset.Labels(c)
	if err != nil {
		return result, err
	}
	path := filepath.Join(v.Folder, name)
	if v.due(id, path) {
		if err := v.predict(ctx, p, id, path, reference.Native); err != nil {
			return result, err
		}
	}
	prediction, err := dataset.Formats().ReadLabels(path)
	if err != nil {
		return result, err
	}
	if prediction.Shape != reference.Shape {
		return result, fmt.Errorf("the prediction has shape %v, the labels have %v", prediction.Shape, reference.Shape)
	}
	for k, counts := range evaluate.Count(reference.Data, prediction.Data, classes, ignore) {
		values := evaluate.Values{}
		for _, m := range evaluate.Metrics() {
			values[m.Name] = m.Of(counts)
		}
		result.Metrics[classes[k].Key] = values
	}
	return result, nil
}

// due reports whether a case lacks its prediction, or that for the next stage.
func (v *Validation) due(id, path string) bool {
	files := []string{path}
	if v.Next != nil {
		files = append(files, previousPath(v.Next.Folder, id))
	}
	for _, f := range files {
		if _, err := os.Stat(f); errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

// predict writes the segmentation of a preprocessed case; native is a file header of its geometry.
func (v *Validation) predict(ctx context.Context, p *predict.Predictor, id, path string, native any) error {
	stored, err := v.Store.Open(id)
	if err != nil {
		return err
	}
	defer stored.Close()
	s := &preprocess.Sample{Channels: stored.Channels(), Shape: stored.Shape(), Data: stored.Data()}
	if err := stored.Properties(&s.Trail); err != nil {
		return err
	}
	s.Trail.Native = native
	if v.Previous != nil {
		previous, err := v.Previous(id)
		if err != nil {
			return err
		}
		if err := withPrevious(s, previous, v.Dataset.Labelling.Foreground()); err != nil {
			return err
		}
	}
	result, err := p.Sample(ctx, s, nil)
	if err != nil {
		return err
	}
	if v.Next != nil {
		if err := v.Next.write(id, result, v.Dataset.Labelling, v.Workers); err != nil {
			return err
		}
	}
	return dataset.Formats().WriteLabels(path, result.Labels)
}

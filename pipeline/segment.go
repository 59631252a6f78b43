package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/predict"
)

const (
	predictStage   = "predict"
	predictionsDir = "predictions"
	volumesFile    = "volumes.csv"
)

// segment predicts the test images with the selected configuration.
func (r *run) segment(ctx context.Context) error {
	if len(r.data.Test) == 0 {
		r.log.Info("no imagesTs: nothing to predict")
		return nil
	}
	c := r.selected
	_, err := r.do(ctx, stage{
		name:    predictStage,
		results: []string{predictionsDir},
		inputs: func(in inputs) error {
			images, err := r.files(caseFiles(r.data.Test, imageFiles))
			if err != nil {
				return err
			}
			for _, fold := range r.Folds {
				in["model "+fold] = r.key(trainStage(r.plan, training{c, fold}))
			}
			return in.values(map[string]any{"test images": images, "configuration": c.Name, "seed": r.Seed})
		},
		run: r.predictTest,
	})
	return err
}

// predictTest predicts every test image that has no prediction yet: begin removes those of other inputs, so
// what is there comes from an interrupted run with the same ones. A case that fails does not keep the
// others from being predicted.
func (r *run) predictTest(ctx context.Context) error {
	p, err := predict.Open(r.path("models", modelName(r.plan, r.selected)), predict.Options{
		Folds: r.Folds, Checkpoint: model.Final, Workers: r.Threads, Executor: r.Executor,
	})
	if err != nil {
		return err
	}
	defer p.Close()
	report := r.Track("predict", "cases")
	var failures []error
	for i, c := range r.data.Test {
		if err := r.predictCase(ctx, p, c); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			failures = append(failures, fmt.Errorf("case %s: %w", c.ID, err))
		}
		report(i+1, len(r.data.Test))
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	if err := r.tabulateVolumes(); err != nil {
		return err
	}
	return r.recordImages()
}

func (r *run) predictCase(ctx context.Context, p *predict.Predictor, c dataset.Case) error {
	target := r.path(r.predictionOf(c))
	if _, err := os.Stat(target); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	image, err := r.data.Image(c)
	if err != nil {
		return err
	}
	result, err := p.Image(ctx, image, nil)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.path(predictionsDir), 0o755); err != nil {
		return err
	}
	return dataset.Formats().WriteLabels(target, result.Labels)
}

// predictionOf is the file of a test case's segmentation, relative to the run folder.
func (r *run) predictionOf(c dataset.Case) string {
	return path.Join(predictionsDir, c.ID+r.data.FileEnding)
}

// tabulateVolumes writes volumes.csv from the predictions.
func (r *run) tabulateVolumes() error {
	var names []string
	var volumes [][]float64
	for _, c := range r.data.Test {
		labels, err := dataset.Formats().ReadLabels(r.path(r.predictionOf(c)))
		if err != nil {
			return fmt.Errorf("volumes of case %s: %w", c.ID, err)
		}
		names = append(names, c.ID)
		volumes = append(volumes, millilitres(labels, r.data.Labelling))
	}
	return atomicfile.Write(r.path(predictionsDir, volumesFile), func(w io.Writer) error {
		return writeVolumes(w, r.data.Labelling, names, volumes)
	})
}

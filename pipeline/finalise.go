package pipeline

import (
	"context"
	"fmt"
	"io"
	"path"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/postprocess"
)

const (
	postprocessStage = "postprocess"
	predictionsDir   = "predictions"
	volumesFile      = "volumes.csv"
)

// finalise applies the selected rules to the raw predictions and brings predictions up to date. It always
// starts from the raw ones, so that no rule is applied twice.
func (r *run) finalise(ctx context.Context) error {
	if len(r.data.Test) == 0 {
		return nil
	}
	rules := r.rules()
	_, err := r.do(ctx, stage{
		name:    postprocessStage,
		results: []string{predictionsDir},
		inputs: func(in inputs) error {
			in["prediction"] = r.key(predictStage)
			var err error
			if in["raw predictions"], err = r.made(predictStage); err != nil {
				return err
			}
			words := []string{}
			for _, rule := range rules {
				words = append(words, rule.String())
			}
			return in.value("rules", words)
		},
		run: func(ctx context.Context) error { return r.writePredictions(ctx, rules) },
	})
	return err
}

// rules are the selected post-processing rules; none where nothing could be validated.
func (r *run) rules() postprocess.Rules {
	if r.selected.Postprocessing == nil {
		return nil
	}
	return r.selected.Postprocessing.Rules
}

func (r *run) writePredictions(ctx context.Context, rules postprocess.Rules) error {
	files := postprocess.Files{
		Input: r.path(r.raw()), Output: r.path(predictionsDir), Rules: rules, Formats: dataset.Formats(),
		Workers: r.Threads, Progress: r.Track(postprocessStage, "cases"),
	}
	if _, err := files.Run(ctx); err != nil {
		return err
	}
	for _, c := range r.predicted() {
		if err := r.copyQuality(c); err != nil {
			return err
		}
	}
	if err := dataset.WriteJSON(r.path(predictionsDir, descriptionFile), &r.data.Description); err != nil {
		return err
	}
	if err := r.tabulateVolumes(); err != nil {
		return err
	}
	return r.recordImages()
}

// copyQuality brings a case's quality beside its final segmentation.
func (r *run) copyQuality(c dataset.Case) error {
	name := c.ID + ".quality.json"
	from := path.Join(r.raw(), name)
	if !r.has(from) {
		return nil
	}
	return copyFile(r.path(predictionsDir, name), r.path(from))
}

// predictionOf is the file of a test case's segmentation, relative to the run folder.
func (r *run) predictionOf(c dataset.Case) string {
	return path.Join(predictionsDir, c.ID+r.data.FileEnding)
}

// predicted returns the test cases that have a prediction.
func (r *run) predicted() []dataset.Case {
	var cases []dataset.Case
	for _, c := range r.data.Test {
		if r.has(r.predictionOf(c)) {
			cases = append(cases, c)
		}
	}
	return cases
}

// tabulateVolumes writes volumes.csv from the predictions.
func (r *run) tabulateVolumes() error {
	var names []string
	var volumes [][]float64
	for _, c := range r.predicted() {
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

package algorithm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/postprocess"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/selection"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/mha"
)

// Config says where everything is.
type Config struct {
	// Folder is the algorithm's own folder.
	Folder string
	// Input and Output are the platform's.
	Input, Output string
	// Executor runs the networks, Workers is the number of goroutines of what surrounds them.
	Executor engine.Executor
	Workers  int
	// Ready, if not nil, is called when the models are loaded, with the number of cases.
	Ready func(cases int)
	// Progress, if not nil, is called after every window of a case.
	Progress func(id string, done, total int)
	// Done, if not nil, is called for every file that was written.
	Done func(file string)
}

// algorithm is a loaded algorithm.
type algorithm struct {
	Config
	predictors []*predict.Predictor
	rules      postprocess.Rules
}

// Run predicts every case of the input. A case that fails does not keep the others from being written.
func Run(ctx context.Context, c Config) error {
	i, err := readInterface(c.Folder)
	if err != nil {
		return fault.Input(err)
	}
	cases, err := i.cases(c.Input, dataset.Formats())
	if err != nil {
		return fault.Input(err)
	}
	a, err := load(c)
	if err != nil {
		return err
	}
	defer a.close()
	if c.Ready != nil {
		c.Ready(len(cases))
	}
	folder := filepath.Join(c.Output, "images", i.Output)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fault.Input(err)
	}
	var failures []error
	for _, one := range cases {
		if err := a.one(ctx, one, filepath.Join(folder, one.ID+".mha")); err != nil {
			failures = append(failures, fmt.Errorf("case %s: %w", one.ID, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failures...)
}

// load reads the models.
func load(c Config) (*algorithm, error) {
	s, err := selection.Read(c.Folder)
	if err != nil {
		return nil, err
	}
	a := &algorithm{Config: c}
	if s.Postprocessing != nil {
		a.rules = s.Postprocessing.Rules
	}
	for _, name := range s.Models {
		p, err := predict.Open(filepath.Join(c.Folder, "models", name), predict.Options{Folds: s.Folds, Checkpoint: model.Final,
			Probabilities: len(s.Models) > 1, Workers: c.Workers, Executor: c.Executor})
		if err != nil {
			a.close()
			return nil, err
		}
		a.predictors = append(a.predictors, p)
	}
	if len(a.predictors) == 0 {
		return nil, fault.Input(fmt.Errorf("%s names no model", filepath.Join(c.Folder, selection.File)))
	}
	return a, nil
}

func (a *algorithm) close() {
	for _, p := range a.predictors {
		p.Close()
	}
}

// one predicts a case and writes the file.
func (a *algorithm) one(ctx context.Context, c dataset.Case, file string) error {
	description := a.predictors[0].Description()
	description.Reader = "" // that of the files here, not of the training images
	d := &dataset.Dataset{Description: description, Name: "input", Dir: a.Input}
	image, err := d.Image(c)
	if err != nil {
		return err
	}
	labels, err := a.predict(ctx, c.ID, image, &description.Labelling)
	if err != nil {
		return err
	}
	a.rules.Apply(labels)
	if err := mha.WriteLabels(file, labels); err != nil {
		return err
	}
	if a.Done != nil {
		a.Done(file)
	}
	return nil
}

// predict averages the probabilities of the models, in their order and in single precision, as the verb
// ensemble does; a single model needs none.
func (a *algorithm) predict(ctx context.Context, id string, image *volume.Image, l *dataset.Labelling) (*volume.Labels, error) {
	var mean *volume.Image
	for _, p := range a.predictors {
		r, err := p.Image(ctx, image, a.progressOf(id))
		if err != nil || len(a.predictors) == 1 {
			return labelsOf(r), err
		}
		probabilities, err := r.Probabilities()
		if err != nil {
			return nil, err
		}
		if mean == nil {
			mean = probabilities
			continue
		}
		for i, v := range probabilities.Data {
			mean.Data[i] += v
		}
	}
	heads := make([][]float32, mean.Channels)
	for i := range mean.Data {
		mean.Data[i] /= float32(len(a.predictors))
	}
	for k := range heads {
		heads[k] = mean.Channel(k).Data
	}
	labels := volume.NewLabels(image.Geometry)
	l.DecodeProbabilities(labels.Data, heads)
	return labels, nil
}

func labelsOf(r *predict.Result) *volume.Labels {
	if r == nil {
		return nil
	}
	return r.Labels
}

func (a *algorithm) progressOf(id string) func(done, total int) {
	if a.Progress == nil {
		return nil
	}
	return func(done, total int) { a.Progress(id, done, total) }
}

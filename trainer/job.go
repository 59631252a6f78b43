package trainer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/augment"
	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/weights"
)

// Job is one fold of one configuration that is to be trained.
type Job struct {
	Config Config
	// Configuration is the resolved configuration of the plan.
	Configuration *plans.Configuration
	Labelling     dataset.Labelling
	// Store holds the preprocessed cases; Split says which are trained on and which validated.
	Store *dataset.Store
	Split dataset.Fold
	// Previous reads the previous stage's segmentation of a case, (z, y, x) in the preprocessed shape;
	// only in a cascade.
	Previous func(id string) ([]int16, error)
	// Folder is the fold's folder, which is created.
	Folder string
	// Executor runs the network.
	Executor engine.Executor
	// Initial holds weights to begin with, or nil. They are fitted, see Fit.
	Initial []weights.Tensor
	// Validate, if not nil, predicts the validation cases with the final weights. It is called once the
	// weights are written, and again when it was interrupted.
	Validate func(ctx context.Context, parameters []weights.Tensor) error
	// Watch looks inside the network after some epochs; the zero value does not.
	Watch Watch
	// Observe, if not nil, is told every event of the log; Progress after every iteration how many
	// iterations of the whole training are done.
	Observe  func(Event)
	Progress func(done, total int)

	// announce is told where the training is, at every point where a kill leaves something different
	// behind. It is for tests.
	announce func(point string)
	// stepper replaces the network, for tests.
	stepper func(problem) (Stepper, func(seed uint64) map[string][]float32, error)
}

// problem describes the network's step.
func (j *Job) problem(target *augment.Target) (problem, error) {
	c := j.Configuration
	channels := len(c.Normalisation)
	if c.PreviousStage != "" {
		channels += len(j.Labelling.Foreground())
	}
	l, err := loss.ForPlan(c, j.Labelling)
	return problem{
		architecture: c.Architecture, patch: c.PatchSize, batch: c.BatchSize, channels: channels,
		classes: j.Labelling.Heads(), targets: target.Channels(), loss: l, rule: j.Config.Rule, executor: j.Executor,
	}, err
}

// check reports everything about the job that makes no sense, before anything is started.
func (j *Job) check() error {
	var findings []error
	if err := j.Config.Validate(); err != nil {
		findings = append(findings, err)
	}
	if len(j.Split.Train) == 0 {
		findings = append(findings, fmt.Errorf("training: fold %s has no case to train on", j.Config.Fold))
	}
	if len(j.Split.Validation) == 0 && j.Config.ValidationIterations > 0 {
		findings = append(findings, fmt.Errorf("training: fold %s has no case to validate on", j.Config.Fold))
	}
	if _, err := loss.ForPlan(j.Configuration, j.Labelling); err != nil {
		findings = append(findings, fmt.Errorf("training: %w", err))
	}
	if err := j.Watch.Check(j.Split); err != nil {
		findings = append(findings, err)
	}
	stored := j.Store.Cases()
	for _, id := range slices.Concat(j.Split.Train, j.Split.Validation) {
		if _, found := slices.BinarySearch(stored, id); !found {
			findings = append(findings, fmt.Errorf("training: case %s is not preprocessed; run preprocess first", id))
		}
	}
	if (j.Configuration.PreviousStage != "") != (j.Previous != nil) {
		findings = append(findings, fmt.Errorf("training: configuration %s needs the segmentations of %q; train that first", j.Configuration.Name, j.Configuration.PreviousStage))
	}
	return fault.Input(errors.Join(findings...))
}

// data are the open cases and where their patches come from.
type data struct {
	open                 []*dataset.Stored
	training, validation *Source
}

// openData opens every case and makes both sources.
func (j *Job) openData() (*data, error) {
	config := augment.ForConfiguration(j.Configuration, j.Labelling)
	config.MirrorAxes = j.Config.Mirror
	config.Map = mapFor(j.Configuration, j.Labelling)
	if err := j.leaveMargin(&config); err != nil {
		return nil, fault.Input(err)
	}
	standard, err := augment.Standard(config)
	if err != nil {
		return nil, fault.Input(err)
	}
	plain, err := augment.Validation(config)
	if err != nil {
		return nil, fault.Input(err)
	}
	d := &data{}
	d.training, err = j.source("train", d, j.Split.Train, standard)
	if err == nil {
		d.validation, err = j.source("validate", d, j.Split.Validation, plain)
	}
	if err != nil {
		d.Close()
		return nil, fault.Input(err)
	}
	return d, nil
}

// leaveMargin makes targets as large as the network's result, which for an unpadded network is less than
// the patch.
func (j *Job) leaveMargin(config *augment.Config) error {
	patch := j.Configuration.PatchSize
	output, err := network.OutputExtent(j.Configuration.Architecture, patch)
	if err != nil {
		return fmt.Errorf("configuration %s: %w", j.Configuration.Name, err)
	}
	if slices.Equal(output, patch) {
		return nil
	}
	for i, n := range patch {
		config.Margin = append(config.Margin, (n-output[i])/2)
	}
	config.Levels = config.Levels[:1]
	return nil
}

func (j *Job) source(purpose string, d *data, ids []string, p *augment.Pipeline) (*Source, error) {
	_, ignored := j.Labelling.Ignore()
	s := &Source{
		Seed: j.Config.Seed, Purpose: purpose, Pipeline: p, Classes: j.classes(),
		Sampler: Sampler{Cut: p.Enlarged(), Final: p.Size(), Ignored: ignored},
		Size:    j.Configuration.BatchSize, Oversample: j.Config.Oversample,
	}
	for _, id := range ids {
		c, err := j.Store.Open(id)
		if err != nil {
			return nil, err
		}
		d.open = append(d.open, c)
		s.Cases = append(s.Cases, c)
		if want := len(j.Configuration.Normalisation); c.Channels() != want {
			return nil, fmt.Errorf("case %s has %d channels, the plan wants %d: plan and data do not belong together", id, c.Channels(), want)
		}
		if j.Previous == nil {
			continue
		}
		labels, err := j.Previous(id)
		if err != nil {
			return nil, err
		}
		shape := c.Shape()
		if len(labels) != shape[0]*shape[1]*shape[2] {
			return nil, fmt.Errorf("case %s: the previous stage's segmentation has %d voxels, the case has shape %v", id, len(labels), shape)
		}
		s.Previous = append(s.Previous, volume.NewGrid(shape, labels))
	}
	return s, nil
}

// classes lists the label sets that get a pseudo Dice.
func (j *Job) classes() [][]int { return classesOf(j.Labelling) }

// Close closes the cases.
func (d *data) Close() {
	for _, c := range d.open {
		c.Close()
	}
}

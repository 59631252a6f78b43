package selection

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/trainer"
	"github.com/autoseg/autoseg/volume"
)

// EnsembleDir is the folder, inside a run folder and with slashes, of what several models together predict
// for the validation cases.
func EnsembleDir(models []string) string { return path.Join("ensembles", strings.Join(models, "+")) }

// predictPair writes the segmentations of an ensemble for all validation cases, each by the networks that
// did not see it.
func predictPair(ctx context.Context, o Options, c *candidate) error {
	dir := filepath.Join(o.Run, EnsembleDir(c.models))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	report, done, total := o.track("ensemble of "+c.name()), 0, len(c.cases())
	for _, f := range c.folds {
		if len(f.cases) == 0 {
			continue
		}
		members, err := openMembers(o, c, f.name)
		if err != nil {
			return err
		}
		for _, id := range f.cases {
			c.files[id] = filepath.Join(dir, id+o.Dataset.FileEnding)
			done++
			if o.Resume && isFile(c.files[id]) {
				continue
			}
			if err := o.predictCase(ctx, members, id, c.files[id]); err != nil {
				return errors.Join(fmt.Errorf("case %s: %w", id, err), closeMembers(members))
			}
			report(done, total)
		}
		if err := closeMembers(members); err != nil {
			return err
		}
	}
	return nil
}

// network is one member of an ensemble with the cases in its preprocessed form.
type network struct {
	predictor *predict.Predictor
	store     *dataset.Store
	// previous reads the first stage's segmentation of a case, in the second stage of a cascade.
	previous   func(id string) ([]int16, error)
	foreground []int
}

func openMembers(o Options, c *candidate, fold string) ([]network, error) {
	var members []network
	for _, name := range c.models {
		store, err := storeOf(o.Run, name)
		if err != nil {
			return nil, errors.Join(err, closeMembers(members))
		}
		previous, err := previousOf(o.Run, name)
		if err != nil {
			return nil, errors.Join(err, closeMembers(members))
		}
		p, err := predict.Open(filepath.Join(o.Run, "models", name), predict.Options{
			Folds: []string{fold}, Checkpoint: model.Final, NoMirror: o.NoMirror, Probabilities: true, Workers: o.Workers, Executor: o.Executor,
		})
		if err != nil {
			return nil, errors.Join(err, closeMembers(members))
		}
		members = append(members, network{p, store, previous, o.Dataset.Labelling.Foreground()})
	}
	return members, nil
}

func closeMembers(members []network) error {
	var failures []error
	for _, m := range members {
		failures = append(failures, m.predictor.Close())
	}
	return errors.Join(failures...)
}

// predictCase averages the members' probabilities of a case and writes the segmentation.
func (o *Options) predictCase(ctx context.Context, members []network, id, file string) error {
	reference, err := o.reference(id)
	if err != nil {
		return err
	}
	var a average
	for _, m := range members {
		p, err := m.probabilities(ctx, id)
		if err != nil {
			return err
		}
		if p.Shape != reference.Shape {
			return fmt.Errorf("the prediction has shape %v, the labels %v", p.Shape, reference.Shape)
		}
		if err := a.addImage(p.Data, p.Channels); err != nil {
			return err
		}
	}
	labels := volume.NewLabels(reference.Geometry)
	if err := decode(labels.Data, a.mean(), &o.Dataset.Labelling); err != nil {
		return err
	}
	return dataset.Formats().WriteLabels(file, labels)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// probabilities predicts a preprocessed case.
func (n network) probabilities(ctx context.Context, id string) (*volume.Image, error) {
	stored, err := n.store.Open(id)
	if err != nil {
		return nil, err
	}
	defer stored.Close()
	s := &preprocess.Sample{Channels: stored.Channels(), Shape: stored.Shape(), Data: stored.Data()}
	if err := stored.Properties(&s.Trail); err != nil {
		return nil, err
	}
	if err := n.addPrevious(s, id); err != nil {
		return nil, err
	}
	r, err := n.predictor.Sample(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	return r.Probabilities()
}

// addPrevious appends what the previous stage makes of a case, one channel per foreground label.
func (n network) addPrevious(s *preprocess.Sample, id string) error {
	if n.previous == nil {
		return nil
	}
	labels, err := n.previous(id)
	if err != nil {
		return err
	}
	voxels := s.Shape[0] * s.Shape[1] * s.Shape[2]
	if len(labels) != voxels {
		return fmt.Errorf("the previous stage's segmentation has %d voxels, the case has shape %v", len(labels), s.Shape)
	}
	data := make([]float32, (s.Channels+len(n.foreground))*voxels)
	copy(data, s.Data)
	preprocess.OneHot(data[s.Channels*voxels:], labels, n.foreground)
	s.Data, s.Channels = data, s.Channels+len(n.foreground)
	return nil
}

// previousOf returns the reader of what a cascade's first stage predicted for the model, nil for other
// models.
func previousOf(run, name string) (func(id string) ([]int16, error), error) {
	folder, err := model.Open(filepath.Join(run, "models", name), model.Final)
	if err != nil {
		return nil, err
	}
	configuration, _, _ := strings.Cut(name, "@")
	c, err := folder.Plans.Configuration(configuration)
	if err != nil || c.PreviousStage == "" {
		return nil, nil // another name than ours: predict.Open finds the configuration
	}
	first, err := folder.Plans.Configuration(c.PreviousStage)
	if err != nil {
		return nil, err
	}
	return trainer.PreviousStage(filepath.Join(run, "models", folder.Plans.ModelName(first), "predicted_next_stage")), nil
}

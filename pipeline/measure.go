package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/autoseg/autoseg/fingerprint"
)

const (
	fingerprintFile  = "dataset_fingerprint.json"
	fingerprintStage = "fingerprint"
)

// measure brings the fingerprint up to date.
func (r *run) measure(ctx context.Context) error {
	_, err := r.do(ctx, stage{
		name:    fingerprintStage,
		results: []string{fingerprintFile},
		inputs:  r.trainingData,
		run: func(ctx context.Context) error {
			f, err := fingerprint.Extract(ctx, r.data, fingerprint.Options{
				Workers: r.Threads, Progress: r.Track("fingerprint", "cases"),
			})
			if err != nil {
				return err
			}
			return fingerprint.Write(r.path(fingerprintFile), f)
		},
	})
	return err
}

// trainingData adds the training cases and their description to the inputs of a stage.
func (r *run) trainingData(in inputs) error {
	files := slices.Concat(caseFiles(r.data.Cases, imageFiles), caseFiles(r.data.Cases, labelFiles))
	sums, err := r.files(files)
	if err != nil {
		return err
	}
	if err := r.noteDescription(); err != nil {
		return err
	}
	return in.values(map[string]any{
		"training cases": sums, "channels": r.data.Channels,
		"labels": r.data.Labelling.Declared(), "order of regions": r.data.Labelling.Order(),
	})
}

// noteDescription notes the dataset's own dataset.json and splits_final.json in the manifest. Stages depend
// on what they say, not on their bytes.
func (r *run) noteDescription() error {
	for _, name := range []string{descriptionFile, ownSplits} {
		file := filepath.Join(r.data.Dir, name)
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if _, err := r.files([]string{file}); err != nil {
			return err
		}
	}
	return nil
}

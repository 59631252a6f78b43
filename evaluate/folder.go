package evaluate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// Folder compares every prediction of a folder with the reference of the same file name. Every
// reference must have a prediction.
func Folder(ctx context.Context, referenceDir, predictionDir string, o Options) (*Summary, error) {
	if err := o.Validate(); err != nil {
		return nil, fault.Input(err)
	}
	names, err := pairFiles(referenceDir, predictionDir, o.Formats)
	if err != nil {
		return nil, fault.Input(err)
	}
	return Files(ctx, referenceDir, predictionDir, names, o)
}

// surfaceCases bounds the cases whose surfaces are measured at a time: one takes up to 4 bytes a voxel
// more than the two label maps, and uses several threads itself.
const surfaceCases = 4

// Files compares the named files of two folders.
func Files(ctx context.Context, referenceDir, predictionDir string, names []string, o Options) (*Summary, error) {
	workers := max(1, min(o.Workers, len(names)))
	if o.Surface != nil {
		workers = min(workers, surfaceCases)
	}
	inner := o
	inner.Workers = max(1, o.Workers/workers)
	cases := make([]Case, len(names))
	done := make(chan struct{}, len(names))
	err := parallel.Each(ctx, workers, len(names), func(_, i int) error {
		c, err := compare(filepath.Join(referenceDir, names[i]), filepath.Join(predictionDir, names[i]), inner)
		if err != nil {
			return fmt.Errorf("evaluate %s: %w", names[i], err)
		}
		cases[i] = c
		done <- struct{}{}
		if o.Progress != nil {
			o.Progress(len(done), len(names))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return Summarise(o.Classes, cases), nil
}

func compare(reference, prediction string, o Options) (Case, error) {
	r, err := o.Formats.ReadLabels(reference)
	if err != nil {
		return Case{}, err
	}
	p, err := o.Formats.ReadLabels(prediction)
	if err != nil {
		return Case{}, err
	}
	if r.Shape != p.Shape {
		return Case{}, fmt.Errorf("the reference has shape %v, the prediction %v: they are not of the same image", r.Shape, p.Shape)
	}
	id := strings.TrimSuffix(filepath.Base(prediction), o.Formats.Ending(prediction))
	return Case{ID: id, Metrics: Compare(r, p, o), Prediction: short(prediction), Reference: short(reference)}, nil
}

// short names a file by its folder and name.
func short(path string) string {
	return filepath.ToSlash(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)))
}

// pairFiles lists the label files of the prediction folder and reports every reference without a
// prediction and every prediction without a reference.
func pairFiles(referenceDir, predictionDir string, formats volume.Formats) ([]string, error) {
	references, err := labelFiles(referenceDir, formats)
	if err != nil {
		return nil, err
	}
	predictions, err := labelFiles(predictionDir, formats)
	if err != nil {
		return nil, err
	}
	var findings []error
	for _, n := range references {
		if !slices.Contains(predictions, n) {
			findings = append(findings, fmt.Errorf("%s has no prediction in %s", n, predictionDir))
		}
	}
	for _, n := range predictions {
		if !slices.Contains(references, n) {
			findings = append(findings, fmt.Errorf("%s has no reference in %s", n, referenceDir))
		}
	}
	if len(predictions) == 0 {
		findings = append(findings, fmt.Errorf("%s holds no label files", predictionDir))
	}
	return predictions, errors.Join(findings...)
}

func labelFiles(dir string, formats volume.Formats) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && formats.Ending(e.Name()) != "" {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

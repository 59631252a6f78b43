package selection

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// Ensemble averages the predictions of several models. Every input folder holds, for every case, the
// segmentation and CASE.npz with the probabilities, as predict --save-probabilities writes them.
type Ensemble struct {
	Inputs []string
	Output string
	// Labelling says what the classes mean; nil takes the dataset.json of the first folder that has one,
	// or, without any, the labels 0, 1, 2, ... if these explain the segmentations.
	Labelling *dataset.Labelling
	Formats   volume.Formats
	// Workers is the number of cases in memory at a time; 0 means one. A case takes 4 bytes per class
	// and voxel.
	Workers int
	// Progress, if not nil, is called after every case from any goroutine.
	Progress func(done, total int)
}

// member is a case of the first folder, whose segmentation has the geometry.
type member struct{ id, file string }

// Run writes the segmentation of every case, and its quality where every member has written one, and returns
// the number of cases. A case that fails does not keep the
// others from being written; the error names it. Folders of different cases are refused before anything
// is written.
func (e *Ensemble) Run(ctx context.Context) (written int, err error) {
	cases, err := e.cases()
	if err != nil {
		return 0, fault.Input(err)
	}
	if err := e.findLabelling(); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(e.Output, 0o755); err != nil {
		return 0, err
	}
	failures := make([]error, len(cases))
	var done, good atomic.Int64
	err = parallel.Each(ctx, max(1, e.Workers), len(cases), func(_, i int) error {
		if err := e.one(cases[i]); err != nil {
			failures[i] = fmt.Errorf("ensemble of case %s: %w", cases[i].id, err)
		} else {
			good.Add(1)
		}
		if n := int(done.Add(1)); e.Progress != nil {
			e.Progress(n, len(cases))
		}
		return nil
	})
	return int(good.Load()), errors.Join(append(failures, err)...)
}

// one averages and decodes a case.
func (e *Ensemble) one(c member) error {
	first, err := e.Formats.ReadLabels(filepath.Join(e.Inputs[0], c.file))
	if err != nil {
		return err
	}
	var a average
	for i, dir := range e.Inputs {
		if err := a.addFile(filepath.Join(dir, c.id+".npz"), first.Shape); err != nil {
			return err
		}
		if i == 0 && e.Labelling == nil {
			if err := explains(first, a.heads); err != nil {
				return err
			}
		}
	}
	labels := volume.NewLabels(first.Geometry)
	if err := decode(labels.Data, a.mean(), e.Labelling); err != nil {
		return err
	}
	if err := e.judge(c, len(a.heads), labels); err != nil {
		return err
	}
	return e.Formats.WriteLabels(filepath.Join(e.Output, c.file), labels)
}

// decode turns probabilities into labels.
func decode(dst []uint16, heads [][]float32, l *dataset.Labelling) error {
	if l == nil {
		counted, err := countedLabelling(len(heads))
		if err != nil {
			return err
		}
		l = &counted
	}
	if len(heads) != l.Heads() {
		return fmt.Errorf("probabilities of %d classes, dataset.json has %d", len(heads), l.Heads())
	}
	l.DecodeProbabilities(dst, heads)
	return nil
}

// countedLabelling has the labels 0 to n-1.
func countedLabelling(n int) (dataset.Labelling, error) {
	entries := []dataset.Region{{Name: "background", Labels: []int{0}}}
	for i := 1; i < n; i++ {
		entries = append(entries, dataset.Region{Name: fmt.Sprintf("label %d", i), Labels: []int{i}})
	}
	return dataset.NewLabelling(entries, nil)
}

// agreement is the share of voxels that must be explained: the segmentation was decoded from logits of
// half precision, so that near-ties may fall the other way.
const agreement = 0.999

// explains checks that the labels 0, 1, 2, ... are what the classes of a model mean, by its own
// segmentation.
func explains(segmentation *volume.Labels, heads [][]float32) error {
	decoded := make([]uint16, len(segmentation.Data))
	if err := decode(decoded, heads, nil); err != nil {
		return err
	}
	same := 0
	for i, v := range segmentation.Data {
		if v == decoded[i] {
			same++
		}
	}
	if float64(same) < agreement*float64(len(decoded)) {
		return errors.New("the classes are not the labels 0, 1, 2, ...; say what they are with --dataset-json")
	}
	return nil
}

// findLabelling looks for a dataset.json beside the predictions.
func (e *Ensemble) findLabelling() error {
	for _, dir := range e.Inputs {
		path := filepath.Join(dir, "dataset.json")
		if e.Labelling != nil {
			return nil
		}
		if _, err := os.Stat(path); err != nil {
			continue
		}
		d, err := dataset.ReadJSON(path)
		if err != nil {
			return err
		}
		e.Labelling = &d.Labelling
	}
	return nil
}

// cases returns the cases of the first folder, and every way in which the others differ as an error.
func (e *Ensemble) cases() ([]member, error) {
	if len(e.Inputs) < 2 {
		return nil, errors.New("an ensemble averages at least two folders")
	}
	first, err := archives(e.Inputs[0])
	if err != nil {
		return nil, err
	}
	var findings []error
	if len(first) == 0 {
		findings = append(findings, fmt.Errorf("%s holds no probabilities (CASE.npz); predict with --save-probabilities", e.Inputs[0]))
	}
	for _, dir := range e.Inputs[1:] {
		other, err := archives(dir)
		if err != nil {
			return nil, err
		}
		findings = append(findings, missing(first, other, dir)...)
		findings = append(findings, missing(other, first, e.Inputs[0])...)
	}
	var cases []member
	for _, id := range first {
		file, err := e.segmentation(id)
		if err != nil {
			findings = append(findings, err)
		}
		cases = append(cases, member{id, file})
	}
	return cases, errors.Join(findings...)
}

func missing(want, have []string, dir string) []error {
	var findings []error
	for _, id := range want {
		if !slices.Contains(have, id) {
			findings = append(findings, fmt.Errorf("case %s has no probabilities in %s; predict the same cases with every model", id, dir))
		}
	}
	return findings
}

// archives lists the cases with probabilities in a folder, in the order of their names.
func archives(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range entries {
		if id, ok := strings.CutSuffix(f.Name(), ".npz"); ok && !f.IsDir() && !strings.HasPrefix(id, ".") {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// segmentation finds the segmentation file of a case in the first folder.
func (e *Ensemble) segmentation(id string) (string, error) {
	entries, err := os.ReadDir(e.Inputs[0])
	if err != nil {
		return "", err
	}
	for _, f := range entries {
		if ending := e.Formats.Ending(f.Name()); ending != "" && len(f.Name()) == len(id)+len(ending) && strings.HasPrefix(f.Name(), id) {
			return f.Name(), nil
		}
	}
	return "", fmt.Errorf("case %s has no segmentation in %s, which the geometry would come from", id, e.Inputs[0])
}

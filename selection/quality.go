package selection

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/volume"
)

// judge writes the quality of an ensemble's segmentation beside it, unless a member has none, as the
// predictions of other programs.
func (e *Ensemble) judge(c member, classes int, labels *volume.Labels) error {
	name := c.id + predict.QualityEnding
	var members []predict.Member
	for _, dir := range e.Inputs {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		var m predict.Member
		if err := json.Unmarshal(content, &m.Quality); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(dir, name), err)
		}
		m.Labels, err = e.Formats.ReadLabels(filepath.Join(dir, c.file))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.Labels.Shape != labels.Shape {
			return fmt.Errorf("%s has shape %v, the ensemble %v", filepath.Join(dir, c.file), m.Labels.Shape, labels.Shape)
		}
		members = append(members, m)
	}
	l := e.Labelling
	if l == nil {
		counted, err := countedLabelling(classes)
		if err != nil {
			return err
		}
		l = &counted
	}
	return predict.Together(members, *l, labels).Write(filepath.Join(e.Output, name))
}

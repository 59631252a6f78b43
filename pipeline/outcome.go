package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/selection"
)

// Outcome is what a finished run says in a few numbers.
type Outcome struct {
	// Selected is the configuration, or the ensemble, that predicts.
	Selected string `json:"selected"`
	// Classes are the rows, in the order of the dataset's labels or regions.
	Classes []ClassOutcome `json:"classes"`
	// Predictions is the number of segmented test images.
	Predictions int `json:"predictions"`
}

// ClassOutcome is the result for one label or region. A Dice is nil where there is none: no test labels,
// or the class is in no case.
type ClassOutcome struct {
	Name            string   `json:"name"`
	CrossValidation *float64 `json:"cross_validation_dice"`
	Test            *float64 `json:"test_dice"`
}

// summaryMeans is the part of a summary.json that an outcome needs.
type summaryMeans struct {
	Mean map[string]struct{ Dice *float64 } `json:"mean"`
}

// ReadOutcome collects the outcome from a run folder.
func ReadOutcome(dir string) (*Outcome, error) {
	chosen, err := selection.Read(dir)
	if err != nil {
		return nil, err
	}
	description, err := dataset.ReadJSON(filepath.Join(dir, "models", chosen.Model, descriptionFile))
	if err != nil {
		return nil, err
	}
	validation, err := readMeans(filepath.Join(dir, filepath.FromSlash(chosen.Summary())))
	if err != nil {
		return nil, err
	}
	test, err := readMeans(filepath.Join(dir, predictionsDir, summaryFile))
	if err != nil {
		return nil, err
	}
	o := &Outcome{Selected: chosen.Configuration}
	for _, c := range classNames(description.Labelling) {
		o.Classes = append(o.Classes, ClassOutcome{
			Name: c.name, CrossValidation: validation.Mean[c.key].Dice, Test: test.Mean[c.key].Dice,
		})
	}
	files, err := filepath.Glob(filepath.Join(dir, predictionsDir, "*"+description.FileEnding))
	o.Predictions = len(files)
	return o, err
}

// readMeans reads the means of a summary.json; without the file they are empty.
func readMeans(path string) (summaryMeans, error) {
	var m summaryMeans
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// className joins how a summary and a person name a class.
type className struct{ key, name string }

func classNames(l dataset.Labelling) []className {
	classes, _ := evaluate.Classes(l)
	regions := l.Regions()
	names := make([]className, len(classes))
	for i, c := range classes {
		names[i] = className{c.Key, l.Name(c.Labels[0])}
		if l.HasRegions() {
			names[i].name = regions[i].Name
		}
	}
	return names
}

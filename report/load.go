package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/plans"
)

// load reads everything that the run folder holds so far.
func load(s Source) (*page, error) {
	p := &page{Title: filepath.Base(filepath.Clean(s.Run)), Program: s.Program}
	if s.Dataset != nil {
		p.Title = s.Dataset.Name
		p.Facts = append(p.Facts, datasetFacts(s)...)
	}
	for _, part := range []func(*page, Source) error{
		loadFingerprint, loadPlan, loadModels, loadSelection, loadPredictions, loadManifest,
	} {
		if err := part(p, s); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return p, nil
}

func datasetFacts(s Source) []fact {
	d := s.Dataset
	var labels []string
	for _, r := range d.Labelling.Declared() {
		labels = append(labels, fmt.Sprintf("%s = %s", r.Name, strings.Trim(fmt.Sprint(r.Labels), "[]")))
	}
	return []fact{
		{"training cases", fmt.Sprint(len(d.Cases))},
		{"test cases", fmt.Sprint(len(d.Test))},
		{"channels", strings.Join(d.Channels, ", ")},
		{"labels", strings.Join(labels, ", ")},
	}
}

func loadFingerprint(p *page, s Source) error {
	f, err := fingerprint.Read(filepath.Join(s.Run, "dataset_fingerprint.json"))
	if err != nil {
		return err
	}
	axes := [3]string{"z", "y", "x"}
	var spacing, size []series
	for axis, name := range axes {
		var mm, voxels []float64
		for i := range f.Spacings {
			mm = append(mm, f.Spacings[i][axis])
			voxels = append(voxels, float64(f.Shapes[i][axis]))
		}
		spacing = append(spacing, series{name, nil, mm})
		size = append(size, series{name, nil, voxels})
	}
	for _, c := range []struct {
		caption, unit string
		data          []series
	}{
		{"Spacing of the training cases", "mm", spacing},
		{"Size of the training cases after cropping", "voxels", size},
	} {
		drawn, err := histogram(c.unit, c.data)
		if err != nil {
			return err
		}
		p.Charts = append(p.Charts, chart{c.caption, drawn})
	}
	for i, in := range f.Intensities {
		p.Facts = append(p.Facts, fact{fmt.Sprintf("foreground intensity, channel %d", i),
			fmt.Sprintf("mean %.4g ± %.4g, median %.4g, [0.5, 99.5] percentiles %.4g to %.4g, range %.4g to %.4g",
				in.Mean, in.Std, in.Median, in.Percentile005, in.Percentile995, in.Min, in.Max)})
	}
	return nil
}

func loadPlan(p *page, s Source) error {
	plan, err := plans.Read(filepath.Join(s.Run, "plan.yaml"))
	if err != nil {
		return err
	}
	for _, d := range plan.Decisions() {
		if d.Value != "" {
			p.Decisions = append(p.Decisions, d)
		}
	}
	return nil
}

func loadModels(p *page, s Source) error {
	models, err := filepath.Glob(filepath.Join(s.Run, "models", "*"))
	if err != nil {
		return err
	}
	for _, dir := range models {
		m := modelPart{Name: filepath.Base(dir)}
		folds, err := filepath.Glob(filepath.Join(dir, "fold_*"))
		if err != nil {
			return err
		}
		for _, fold := range folds {
			f, err := loadFold(fold)
			if err != nil {
				return err
			}
			m.Folds = append(m.Folds, f)
		}
		m.Result, err = loadResults(s, filepath.Join(dir, "cv"), filepath.Join(dir, "cv"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		p.Models = append(p.Models, m)
	}
	return nil
}

// shown are the metrics of the table of means.
var shown = []string{"Dice", "Jaccard", "Recall", "Precision", "Specificity", "VolumeDifference"}

// loadResults reads a summary.json and draws pictures of its worst cases from the label files beside it.
func loadResults(s Source, dir, predictions string) (*results, error) {
	summary, err := evaluate.Read(filepath.Join(dir, "summary.json"))
	if err != nil {
		return nil, err
	}
	r := &results{Means: &table{Header: append([]string{"class"}, shown...)}}
	for _, c := range summary.Classes {
		name := className(s, c.Key)
		r.Classes = append(r.Classes, name)
		r.Means.Rows = append(r.Means.Rows, meanRow(name, summary.Mean[c.Key]))
	}
	r.Means.Rows = append(r.Means.Rows, meanRow("foreground mean", summary.Foreground))
	for _, c := range summary.Cases {
		line := caseLine{ID: c.ID}
		for _, class := range summary.Classes {
			line.Dice = append(line.Dice, c.Metrics[class.Key]["Dice"])
		}
		line.Mean = meanOf(line.Dice)
		r.Cases = append(r.Cases, line)
	}
	slices.SortStableFunc(r.Cases, worseFirst)
	r.Pictures, err = pictures(s, r, predictions)
	return r, err
}

func className(s Source, key string) string {
	if s.Dataset == nil {
		return key
	}
	var value int
	if _, err := fmt.Sscanf(key, "%d", &value); err != nil || strings.HasPrefix(key, "(") {
		return key
	}
	return s.Dataset.Labelling.Name(value)
}

func meanRow(name string, v evaluate.Values) []string {
	row := []string{name}
	for _, m := range shown {
		row = append(row, number(v[m]))
	}
	return row
}

func loadSelection(p *page, s Source) error {
	text, err := os.ReadFile(filepath.Join(s.Run, "selection.yaml"))
	if err != nil {
		return err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil || len(node.Content) == 0 {
		return fmt.Errorf("selection.yaml: %w", err)
	}
	top := node.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		value, err := yaml.Marshal(top.Content[i+1])
		if err != nil {
			return err
		}
		p.Selection = append(p.Selection, fact{top.Content[i].Value, strings.TrimSpace(string(value))})
	}
	return nil
}

func loadPredictions(p *page, s Source) error {
	f, err := os.Open(filepath.Join(s.Run, "predictions", "volumes.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		return fmt.Errorf("predictions/volumes.csv: %w", err)
	}
	p.Volumes = &table{rows[0], rows[1:]}
	p.Test, err = loadResults(s, filepath.Join(s.Run, "predictions"), filepath.Join(s.Run, "predictions"))
	return err
}

// manifest is the part of manifest.yaml that the page shows.
type manifest struct {
	Program  string            `yaml:"program"`
	Commands []string          `yaml:"commands"`
	Seed     uint64            `yaml:"seed"`
	SIMD     string            `yaml:"simd"`
	Inputs   map[string]string `yaml:"inputs"`
	Stages   []struct {
		Name     string            `yaml:"name"`
		Key      string            `yaml:"key"`
		Complete bool              `yaml:"complete"`
		Results  map[string]string `yaml:"results"`
	} `yaml:"stages"`
}

func loadManifest(p *page, s Source) error {
	text, err := os.ReadFile(filepath.Join(s.Run, "manifest.yaml"))
	if err != nil {
		return err
	}
	var m manifest
	if err := yaml.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("manifest.yaml: %w", err)
	}
	p.Manifest = []fact{
		{"program", m.Program}, {"commands", strings.Join(m.Commands, "\n")},
		{"seed", fmt.Sprint(m.Seed)}, {"SIMD level", m.SIMD}, {"input files with a digest", fmt.Sprint(len(m.Inputs))},
	}
	for _, st := range m.Stages {
		p.Stages = append(p.Stages, stageLine{st.Name, st.Key, st.Complete, len(st.Results)})
	}
	return nil
}

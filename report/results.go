package report

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/evaluate"
)

// spread is what is said about a metric over cases.
type spread = evaluate.Statistics

// seed draws the bootstrap samples of the intervals, always the same ones.
const seed = 1234

// further are the metrics of the table of means beside Dice; those that a summary lacks are left out.
var further = []string{"Jaccard", "Precision", "Recall", "VolumeDifference", "SurfaceDice", "HD95", "S2S"}

// captions names metrics for people where their key is no word.
var captions = map[string]string{"VolumeDifference": "volume diff.", "SurfaceDice": "surface Dice", "HD95": "HD95 mm", "S2S": "S2S mm"}

func caption(metric string) string {
	if c, ok := captions[metric]; ok {
		return c
	}
	return metric
}

// loadResults reads a summary.json and draws pictures of its worst cases from the label files in a folder.
func loadResults(s Source, summaryFile, predictions string) (*results, error) {
	summary, err := evaluate.Read(summaryFile)
	if err != nil {
		return nil, err
	}
	summary.Describe(seed)
	r := &results{means: map[string]float64{}}
	for _, c := range summary.Classes {
		r.classes = append(r.classes, className(s, c.Key))
	}
	for _, c := range summary.Cases {
		line := caseLine{ID: c.ID}
		for _, class := range summary.Classes {
			line.Dice = append(line.Dice, dice(c.Metrics[class.Key]))
		}
		line.Mean = meanOf(line.Dice)
		r.lines = append(r.lines, line)
	}
	slices.SortStableFunc(r.lines, worseFirst)
	r.overall = r.spreadOfCases()
	for name, v := range summary.Foreground {
		r.means[name] = v
	}
	r.tabulateMeans(summary)
	r.tabulateCases()
	return r, r.draw(s, predictions)
}

// dice is a case's Dice, undefined where the summary has none.
func dice(v evaluate.Values) float64 {
	if d, ok := v["Dice"]; ok {
		return d
	}
	return math.NaN()
}

// spreadOfCases describes the mean Dice of the cases.
func (r *results) spreadOfCases() spread {
	class := evaluate.Class{Key: "mean"}
	var cases []evaluate.Case
	for _, line := range r.lines {
		cases = append(cases, evaluate.Case{ID: line.ID, Metrics: map[string]evaluate.Values{"mean": {"Dice": line.Mean}}})
	}
	s := evaluate.Summarise([]evaluate.Class{class}, cases)
	s.Describe(seed)
	if d, ok := s.Statistics["mean"]["Dice"]; ok {
		return d
	}
	return spread{Mean: math.NaN(), SD: math.NaN(), Low: math.NaN(), High: math.NaN(), Median: math.NaN()}
}

// tabulateMeans makes the table of Dice, and the one of the other metrics that the summary has: in one
// they are wider than the page.
func (r *results) tabulateMeans(s *evaluate.Summary) {
	names := []string{"class"}
	var have []string
	for _, m := range further {
		if slices.Contains(s.Names(), m) {
			have = append(have, m)
			names = append(names, "#"+caption(m))
		}
	}
	r.Means = &table{Head: columns("class", "#cases", "#Dice", "95 % interval", "", "#median", "#quartiles")}
	if len(have) > 0 {
		r.Further = &table{Head: columns(names...)}
	}
	add := func(class, name string, d spread, values evaluate.Values) {
		r.Means.add(class, text(name), text(fmt.Sprint(d.Cases)), cell{Text: plusMinus(d.Mean, d.SD), Sort: measured(d.Mean).Sort},
			whole(between(d.Low, d.High)), drawn(d), measured(d.Median), text(between(d.Q1, d.Q3)))
		cells := []cell{text(name)}
		for _, m := range have {
			cells = append(cells, measured(values[m]))
		}
		if r.Further != nil {
			r.Further.add(class, cells...)
		}
	}
	for i, c := range s.Classes {
		add("", r.classes[i], s.Statistics[c.Key]["Dice"], s.Mean[c.Key])
	}
	foreground := r.overall
	if f, ok := s.Foreground["Dice"]; ok && !math.IsNaN(f) {
		foreground.Mean = f // nnU-Net's: the mean over the classes' means
	}
	if len(s.Classes) > 1 {
		add("total", "foreground", foreground, s.Foreground)
	}
}

func (r *results) tabulateCases() {
	names := []string{"case"}
	for _, c := range r.classes {
		names = append(names, "#"+c)
	}
	if len(r.classes) > 1 {
		names = append(names, "#mean")
	}
	r.Cases = &table{Head: columns(names...)}
	for _, line := range r.lines {
		cells := []cell{text(line.ID)}
		for _, d := range line.Dice {
			cells = append(cells, graded(d))
		}
		if len(r.classes) > 1 {
			cells = append(cells, graded(line.Mean))
		}
		r.Cases.add("", cells...)
	}
}

// draw makes the pictures and the key to their colours.
func (r *results) draw(s Source, predictions string) (err error) {
	r.Pictures, err = pictures(s, r, predictions)
	if s.Dataset == nil || len(r.Pictures) == 0 {
		return err
	}
	for _, v := range s.Dataset.Labelling.Foreground() {
		r.Key = append(r.Key, keyEntry{s.Dataset.Labelling.Name(v), cssColour(classColour(v))})
	}
	return err
}

func plusMinus(mean, sd float64) string {
	if math.IsNaN(sd) {
		return number(mean)
	}
	return number(mean) + " ± " + number(sd)
}

func between(low, high float64) string { return number(low) + " to " + number(high) }

func className(s Source, key string) string {
	if s.Dataset == nil {
		return key
	}
	var value int
	if _, err := fmt.Sscanf(key, "%d", &value); err != nil || strings.HasPrefix(key, "(") {
		return regionName(s, key)
	}
	return s.Dataset.Labelling.Name(value)
}

// regionName finds the region whose labels Python prints as key.
func regionName(s Source, key string) string {
	classes, _ := evaluate.Classes(s.Dataset.Labelling)
	regions := s.Dataset.Labelling.Regions()
	for i, c := range classes {
		if c.Key == key && i < len(regions) {
			return regions[i].Name
		}
	}
	return key
}

// optional reads results that need not be there.
func optional(s Source, dir string) (*results, error) {
	r, err := loadResults(s, filepath.Join(dir, "summary.json"), dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return r, err
}

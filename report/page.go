package report

import (
	"fmt"
	"html/template"
	"math"

	"github.com/autoseg/autoseg/plans"
)

// page is what the template shows. Empty parts are left out.
type page struct {
	Title, Program string
	Facts          []fact
	Charts         []chart
	Decisions      []plans.Decision
	Models         []modelPart
	Selection      []fact
	Volumes        *table
	Test           *results
	Stages         []stageLine
	Manifest       []fact
}

// fact is a name with a value.
type fact struct{ Name, Value string }

// chart is a drawing with its caption.
type chart struct {
	Caption string
	SVG     template.HTML
}

// table is a plain table.
type table struct {
	Header []string
	Rows   [][]string
}

// modelPart is what happened to one configuration.
type modelPart struct {
	Name   string
	Folds  []foldPart
	Result *results
}

// foldPart is one training.
type foldPart struct {
	Name  string
	Facts []fact
	Curve *chart
}

// results are the metrics of a set of cases.
type results struct {
	Classes []string
	// Means holds, per class and then for the foreground, a name and the shown metrics.
	Means *table
	// Cases are sorted, worst first.
	Cases    []caseLine
	Pictures []picture
}

// caseLine is one case of a table.
type caseLine struct {
	ID   string
	Dice []float64
	Mean float64
}

// picture shows slices of a case with reference and prediction drawn in.
type picture struct {
	ID      string
	Caption string
	Planes  []template.URL
}

// stageLine is a stage of the manifest.
type stageLine struct {
	Name, Key string
	Complete  bool
	Results   int
}

func functions() template.FuncMap {
	return template.FuncMap{
		"number": number,
		"short":  func(digest string) string { return digest[:min(12, len(digest))] },
		"grade":  grade,
	}
}

// number shows a metric with three decimals.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 0):
		return "∞"
	}
	return fmt.Sprintf("%.3f", v)
}

// grade is the background of a Dice cell: a shade between warm (0) and clear (1).
func grade(v float64) template.CSS {
	if math.IsNaN(v) {
		return "background:none"
	}
	v = math.Max(0, math.Min(1, v))
	return template.CSS(fmt.Sprintf("background:color-mix(in srgb, var(--good) %.0f%%, var(--bad))", 100*v))
}

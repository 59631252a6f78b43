package report

import (
	"html/template"
	"regexp"
	"strings"

	"github.com/autoseg/autoseg/plans"
)

// page is what the template shows. Empty parts are left out.
type page struct {
	Title, Program string
	Cards          []card
	Facts          []fact
	Charts         []chartGroup
	Networks       *table
	Selection      *selectionPart
	Models         []modelPart
	Volumes        *table
	Quality        *table
	Test           *results
	Decisions      []plans.Decision
	Manifest       []fact
	Times          []timeLine
	Stages         []stageLine
	Digests        []digestList
}

// card is one of the numbers at the top.
type card struct{ Value, Label, Note string }

// fact is a name with a value.
type fact struct{ Name, Value string }

// chartGroup is a row of charts about one thing.
type chartGroup struct {
	Title, Note string
	Charts      []chart
}

// chart is a drawing with its caption.
type chart struct {
	Caption string
	SVG     template.HTML
	// Key names the colours of curves.
	Key []keyEntry
}

// modelPart is what happened to one configuration, with one network.
type modelPart struct {
	Name, About string
	Folds       []foldPart
	Result      *results

	parameters int64
	seconds    float64
	predicting predicting
}

// notAnchor are characters that have no place in the address of a part of the page.
var notAnchor = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// Anchor is the model's address on the page.
func (m modelPart) Anchor() string { return "model-" + notAnchor.ReplaceAllString(m.Name, "-") }

// foldPart is one training.
type foldPart struct {
	Name   string
	Curves []chart
	Watch  []watchPart

	epochs        int
	seconds, rate float64
	// validation is how long the final validation took, in seconds; 0 where nobody knows.
	validation   float64
	train, bestD float64
}

// results are the metrics of a set of cases.
type results struct {
	// Means holds, per class and then for the foreground, mean, spread and interval of Dice, Further the
	// means of other metrics; nil where there are none.
	Means, Further *table
	// Cases are sorted, worst first.
	Cases    *table
	Pictures []picture
	Key      []keyEntry

	classes []string
	lines   []caseLine
	// overall are the statistics of the cases' mean Dice; further metrics are foreground means.
	overall spread
	means   map[string]float64
}

// keyEntry is a colour and the class that it stands for.
type keyEntry struct {
	Name   string
	Colour template.CSS
}

// caseLine is one case.
type caseLine struct {
	ID   string
	Dice []float64
	Mean float64
}

// picture shows slices of a case with and without reference and prediction drawn in.
type picture struct {
	ID      string
	Caption string
	Planes  []plane
	// View is the command line that shows the case in the viewer.
	View string
}

// plane is one slice.
type plane struct {
	Name           string
	Image, Overlay template.URL
	Width, Height  int
}

// timeLine is what a stage took.
type timeLine struct {
	Stage   string
	Seconds float64
	Share   string // of the longest, in percent
	Memory  int64
}

// stageLine is a stage of the manifest.
type stageLine struct {
	Name, Key string
	Complete  bool
	Results   int
}

// digestList are files with their SHA-256.
type digestList struct {
	Title string
	Files []fact
	More  int
}

func functions() template.FuncMap {
	return template.FuncMap{
		"short":    func(digest string) string { return digest[:min(12, len(digest))] },
		"duration": duration,
		"style":    func() (template.CSS, error) { text, err := asset("style.css"); return template.CSS(text), err },
		"script":   func() (template.JS, error) { text, err := asset("script.js"); return template.JS(text), err },
	}
}

// asset returns an embedded file that the page contains.
func asset(name string) (string, error) {
	text, err := files.ReadFile("page/" + name)
	return strings.TrimSpace(string(text)) + "\n", err
}

package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/postprocess"
)

// selectionPart is what selection.yaml says.
type selectionPart struct {
	Facts      []fact
	Candidates *table
	Trials     *table

	model string
}

// selectionFile is the part of selection.yaml that the page shows.
type selectionFile struct {
	Configuration string   `yaml:"configuration"`
	Model         string   `yaml:"model"`
	Models        []string `yaml:"models"`
	Folds         []string `yaml:"folds"`
	Evidence      []struct {
		Configuration string   `yaml:"configuration"`
		Dice          *float64 `yaml:"mean_foreground_dice"`
		Cases         int      `yaml:"validation_cases"`
	} `yaml:"evidence"`
	Postprocessing *postprocess.Decision `yaml:"postprocessing"`
}

func loadSelection(p *page, s Source) error {
	content, err := os.ReadFile(filepath.Join(s.Run, "selection.yaml"))
	if err != nil {
		return err
	}
	var f selectionFile
	if err := yaml.Unmarshal(content, &f); err != nil {
		return fmt.Errorf("selection.yaml: %w", err)
	}
	part := &selectionPart{model: f.Model}
	part.Facts = []fact{{"predicts", f.Configuration}, {"folds", strings.Join(f.Folds, ", ")}}
	if len(f.Models) > 1 {
		part.Facts = append(part.Facts, fact{"averages", strings.Join(f.Models, ", ")})
	}
	if len(f.Evidence) > 0 {
		part.Candidates = &table{Head: columns("candidate", "#mean foreground Dice", "#validation cases", "")}
	}
	for _, e := range f.Evidence {
		class, mark := "", ""
		if e.Configuration == f.Configuration {
			class, mark = "chosen", "chosen"
		}
		part.Candidates.add(class, text(e.Configuration), maybe(e.Dice), text(fmt.Sprint(e.Cases)), text(mark))
	}
	part.postprocessing(f.Postprocessing)
	p.Selection = part
	return nil
}

// postprocessing adds the rules and what cross-validation said about those that were tried.
func (part *selectionPart) postprocessing(d *postprocess.Decision) {
	if d == nil {
		return
	}
	rules := "none: no rule was better in cross-validation"
	if len(d.Rules) > 0 {
		var words []string
		for _, r := range d.Rules {
			words = append(words, r.String())
		}
		rules = strings.Join(words, "\n")
	}
	part.Facts = append(part.Facts, fact{"post-processing", rules})
	if d.Evidence == nil {
		return
	}
	before, after := float64(d.Evidence.Before), float64(d.Evidence.After)
	part.Facts = append(part.Facts, fact{"its effect", fmt.Sprintf("mean foreground Dice %s before, %s after, in %d validation cases", number(before), number(after), d.Evidence.Cases)})
	if len(d.Evidence.Trials) == 0 {
		return
	}
	part.Trials = &table{Head: columns("rule", "judged by", "#Dice before", "#Dice after", "")}
	for _, t := range d.Evidence.Trials {
		class, mark := "", "rejected"
		if t.Accepted {
			class, mark = "chosen", "accepted"
		}
		part.Trials.add(class, text(t.Rule), text(t.Judge), measured(float64(t.Before)), measured(float64(t.After)), text(mark))
	}
}

// maybe is a number that may be missing.
func maybe(v *float64) cell {
	if v == nil {
		return text("–")
	}
	return measured(*v)
}

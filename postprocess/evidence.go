package postprocess

import (
	"math"

	"github.com/autoseg/autoseg/evaluate"
)

// Evidence is what the cross-validation said about rules.
type Evidence struct {
	// Cases is the number of validation cases.
	Cases int `yaml:"validation_cases"`
	// Before and After are the foreground means of the Dice without any rule and with those chosen.
	Before Number `yaml:"mean_foreground_dice_before"`
	After  Number `yaml:"mean_foreground_dice_after"`
	// Trials are in the order in which the rules were tried.
	Trials []Trial `yaml:"trials"`
}

// Trial is a rule that was tried.
type Trial struct {
	Rule string `yaml:"rule"`
	// Judge is the class, or "foreground", whose mean Dice decided.
	Judge    string `yaml:"judged_by"`
	Before   Number `yaml:"dice_before"`
	After    Number `yaml:"dice_after"`
	Accepted bool   `yaml:"accepted"`
}

// Number is a mean that may be undefined: null in files.
type Number float64

// MarshalYAML writes null for NaN.
func (n Number) MarshalYAML() (any, error) {
	if math.IsNaN(float64(n)) {
		return nil, nil
	}
	return float64(n), nil
}

func (e *Evidence) add(rule Rule, judge string, before, after float64, accepted bool) {
	e.Trials = append(e.Trials, Trial{rule.String(), judge, Number(before), Number(after), accepted})
}

func (*Evidence) foregroundOf(s *evaluate.Summary) Number { return Number(s.Foreground["Dice"]) }

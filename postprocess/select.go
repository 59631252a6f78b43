package postprocess

import (
	"context"
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/volume"
)

// Case is a case of a cross-validation. The functions read its files; they are called several times, so
// that not all cases must fit into memory.
type Case struct {
	ID                    string
	Reference, Prediction func() (*volume.Labels, error)
}

// Candidates names a kind of rules that may be chosen.
type Candidates string

// The kinds: nnU-Net's, which is always tried, and those to be asked for.
const (
	Largest     Candidates = "largest"
	MinimumSize Candidates = "minimum-size"
	Holes       Candidates = "holes"
)

// Options say what may be chosen and how it is judged.
type Options struct {
	Labelling dataset.Labelling
	// Extra are the kinds of rules to try besides the largest component.
	Extra []Candidates
	// Workers is the number of cases in memory at a time; 0 means one.
	Workers int
	// Progress, if not nil, is called after every step from any goroutine.
	Progress func(done, total int)
}

// Validate reports the first option that makes no sense.
func (o *Options) Validate() error {
	for _, c := range o.Extra {
		if !slices.Contains([]Candidates{Largest, MinimumSize, Holes}, c) {
			return fmt.Errorf("post-processing %q: want %s or %s", c, MinimumSize, Holes)
		}
	}
	return nil
}

// Select decides which rules improve the predictions of a cross-validation (nnunet-model.md 6.3).
//
// First the largest component of all foreground: it stays if the foreground mean of the Dice grows and
// that of no class shrinks. Then, where there are several classes, that of every class: it stays if the
// class's mean Dice grows. Undefined means never grow. Minimal sizes and filled holes follow on request,
// by the rule for classes.
func Select(ctx context.Context, cases []Case, o Options) (Rules, *Evidence, error) {
	if err := o.Validate(); err != nil {
		return nil, nil, err
	}
	s := newSelector(ctx, cases, o)
	if err := s.start(); err != nil {
		return nil, nil, err
	}
	if err := s.foreground(); err != nil {
		return nil, nil, err
	}
	if len(s.classes) > 1 {
		if err := s.perClass(s.largest()); err != nil {
			return nil, nil, err
		}
	}
	if slices.Contains(o.Extra, MinimumSize) {
		if err := s.minimumSizes(); err != nil {
			return nil, nil, err
		}
	}
	if slices.Contains(o.Extra, Holes) {
		if err := s.holes(); err != nil {
			return nil, nil, err
		}
	}
	s.evidence.After = s.evidence.foregroundOf(s.best)
	return s.rules, s.evidence, nil
}

// selector is a selection in progress.
type selector struct {
	ctx     context.Context
	cases   []Case
	o       Options
	classes []evaluate.Class
	ignore  int

	rules    Rules
	best     *evaluate.Summary // of the predictions after rules
	evidence *Evidence
}

func newSelector(ctx context.Context, cases []Case, o Options) *selector {
	classes, ignore := evaluate.Classes(o.Labelling)
	return &selector{ctx: ctx, cases: cases, o: o, classes: classes, ignore: ignore, evidence: &Evidence{}}
}

// start measures the predictions as they are.
func (s *selector) start() error {
	summaries, err := s.try([]Rule{nothing{}})
	if err != nil {
		return err
	}
	s.best = summaries[0]
	s.evidence.Before = s.evidence.foregroundOf(s.best)
	s.evidence.Cases = len(s.cases)
	return nil
}

// foreground tries the largest component of all foreground.
func (s *selector) foreground() error {
	labels := s.o.Labelling.Foreground()
	if len(labels) == 0 {
		return nil
	}
	rule := KeepLargest{labels}
	summaries, err := s.try([]Rule{rule})
	if err != nil {
		return err
	}
	after := summaries[0]
	accepted := after.Foreground["Dice"] > s.best.Foreground["Dice"]
	for _, c := range s.classes {
		if after.Mean[c.Key]["Dice"] < s.best.Mean[c.Key]["Dice"] {
			accepted = false
		}
	}
	s.evidence.add(rule, "foreground", s.best.Foreground["Dice"], after.Foreground["Dice"], accepted)
	if accepted {
		s.rules, s.best = append(s.rules, rule), after
	}
	return nil
}

// classRule is a candidate that is judged by one class.
type classRule struct {
	class evaluate.Class
	rule  Rule
}

// perClass tries one rule per class. Rules that remove components of single labels do not touch each
// other's, so that they can all be measured in one pass; those of regions are tried in turn.
func (s *selector) perClass(candidates []classRule) error {
	if s.o.Labelling.HasRegions() {
		return s.inTurn(candidates)
	}
	rules := make([]Rule, len(candidates))
	for i, c := range candidates {
		rules[i] = c.rule
	}
	summaries, err := s.try(rules)
	if err != nil {
		return err
	}
	for i, c := range candidates {
		if s.judge(c, summaries[i]) {
			s.accept(c.rule)
			s.adopt(c.class, summaries[i])
		}
	}
	return nil
}

// inTurn tries rules one after another, each on the result of those before.
func (s *selector) inTurn(candidates []classRule) error {
	for _, c := range candidates {
		summaries, err := s.try([]Rule{c.rule})
		if err != nil {
			return err
		}
		if s.judge(c, summaries[0]) {
			s.accept(c.rule)
			s.best = summaries[0]
		}
	}
	return nil
}

// judge decides on a rule for one class and notes the evidence.
func (s *selector) judge(c classRule, after *evaluate.Summary) bool {
	before, now := s.best.Mean[c.class.Key]["Dice"], after.Mean[c.class.Key]["Dice"]
	s.evidence.add(c.rule, c.class.Key, before, now, now > before)
	return now > before
}

// accept adds a rule. A larger minimal size takes the place of the smaller one that it includes.
func (s *selector) accept(rule Rule) {
	larger, ok := rule.(RemoveSmall)
	for i, older := range s.rules {
		if small, is := older.(RemoveSmall); ok && is && slices.Equal(small.Labels, larger.Labels) {
			s.rules[i] = larger
			return
		}
	}
	s.rules = append(s.rules, rule)
}

// adopt takes over the results of one class.
func (s *selector) adopt(class evaluate.Class, after *evaluate.Summary) {
	for i := range s.best.Cases {
		s.best.Cases[i].Metrics[class.Key] = after.Cases[i].Metrics[class.Key]
	}
	s.best = evaluate.Summarise(s.classes, s.best.Cases)
}

// largest returns the rule for the largest component of every class.
func (s *selector) largest() []classRule {
	var r []classRule
	for _, c := range s.classes {
		r = append(r, classRule{c, KeepLargest{foregroundOf(c)}})
	}
	return r
}

// foregroundOf returns the labels of a class without the background, which a region may list.
func foregroundOf(c evaluate.Class) []int {
	return slices.DeleteFunc(slices.Clone(c.Labels), func(l int) bool { return l == 0 })
}

package postprocess

import (
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// Rule changes a segmentation in place.
type Rule interface {
	// Apply returns the number of voxels that changed.
	Apply(l *volume.Labels) int
	// String says in words what the rule does.
	String() string
	// Validate reports a value that makes no sense.
	Validate() error
}

// Rules are applied one after another.
type Rules []Rule

// Apply applies all rules in their order and returns the number of changes.
func (r Rules) Apply(l *volume.Labels) int {
	changed := 0
	for _, rule := range r {
		changed += rule.Apply(l)
	}
	return changed
}

// Validate reports the first rule that makes no sense.
func (r Rules) Validate() error {
	for i, rule := range r {
		if err := rule.Validate(); err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
	}
	return nil
}

// members is a set of label values.
type members []bool

func newMembers(labels []int) members {
	m := make(members, slices.Max(labels)+1)
	for _, l := range labels {
		m[l] = true
	}
	return m
}

func (m members) has(label uint16) bool { return int(label) < len(m) && m[label] }

func validateLabels(rule string, labels []int) error {
	if len(labels) == 0 {
		return fmt.Errorf("%s: no labels", rule)
	}
	for _, l := range labels {
		if l < 1 || l > dataset.MaxLabel {
			return fmt.Errorf("%s: label %d, want 1 to %d", rule, l, dataset.MaxLabel)
		}
	}
	return nil
}

// labelWords names labels: "label 1", "labels 1 2 together".
func labelWords(labels []int) string {
	if len(labels) == 1 {
		return fmt.Sprintf("label %d", labels[0])
	}
	text := fmt.Sprint(labels)
	return "labels " + text[1:len(text)-1] + " together"
}

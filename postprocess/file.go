package postprocess

import (
	"errors"
	"fmt"
	"os"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/internal/fault"
)

// Decision is the section "postprocessing" of selection.yaml.
type Decision struct {
	Rules    Rules     `yaml:"rules"`
	Evidence *Evidence `yaml:"evidence,omitempty"`
}

// ruleEntry is a rule in a file: exactly one of its fields is set.
type ruleEntry struct {
	KeepLargest *KeepLargest `yaml:"keep_largest,omitempty"`
	RemoveSmall *RemoveSmall `yaml:"remove_small,omitempty"`
	FillHoles   *FillHoles   `yaml:"fill_holes,omitempty"`
}

// MarshalYAML writes every rule under its name.
func (r Rules) MarshalYAML() (any, error) {
	entries := make([]ruleEntry, len(r))
	for i, rule := range r {
		switch rule := rule.(type) {
		case KeepLargest:
			entries[i].KeepLargest = &rule
		case RemoveSmall:
			entries[i].RemoveSmall = &rule
		case FillHoles:
			entries[i].FillHoles = &rule
		default:
			return nil, fmt.Errorf("rule %d (%s) has no name in files", i+1, rule)
		}
	}
	return entries, nil
}

// UnmarshalYAML reads what MarshalYAML writes.
func (r *Rules) UnmarshalYAML(node *yaml.Node) error {
	var entries []ruleEntry
	if err := node.Decode(&entries); err != nil {
		return err
	}
	*r = nil
	for i, e := range entries {
		rule, err := e.rule()
		if err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
		*r = append(*r, rule)
	}
	return r.Validate()
}

func (e ruleEntry) rule() (Rule, error) {
	var set []Rule
	if e.KeepLargest != nil {
		set = append(set, *e.KeepLargest)
	}
	if e.RemoveSmall != nil {
		set = append(set, *e.RemoveSmall)
	}
	if e.FillHoles != nil {
		set = append(set, *e.FillHoles)
	}
	if len(set) != 1 {
		return nil, errors.New("want exactly one of keep_largest, remove_small, fill_holes")
	}
	return set[0], nil
}

// Read reads rules: the section "postprocessing" of a selection.yaml, or nnU-Net's postprocessing.json.
func Read(path string) (Rules, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Input(err)
	}
	r, err := Parse(content)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s: %w", path, err))
	}
	return r, nil
}

// Parse is Read on bytes in memory.
func Parse(content []byte) (Rules, error) {
	var file struct {
		Decision  *Decision        `yaml:"postprocessing"`
		Functions []string         `yaml:"postprocessing_fns"`
		Arguments []nnunetArgument `yaml:"postprocessing_kwargs"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		return nil, err
	}
	switch {
	case file.Decision != nil:
		return file.Decision.Rules, nil
	case file.Functions != nil:
		return nnunetRules(file.Functions, file.Arguments)
	}
	return nil, errors.New("no section postprocessing; want a selection.yaml, or nnU-Net's postprocessing.json")
}

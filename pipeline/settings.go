package pipeline

import (
	"fmt"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/trainer"
)

// Settings are what was asked for when the run was brought up to date last: the flags of the command, as
// values. Together with the resolved schedule they are enough to do the same again.
type Settings struct {
	// Dataset is the name of the dataset's folder.
	Dataset        string   `yaml:"dataset"`
	Configurations []string `yaml:"configurations,flow,omitempty"`
	Folds          []string `yaml:"folds,flow"`
	Networks       networks `yaml:"network,flow,omitempty"`
	Planner        string   `yaml:"planner,omitempty"`
	MemoryGB       float64  `yaml:"memory_gb,omitempty"`
	Epochs         int      `yaml:"epochs,omitempty"`
	// Budget is only told: what it came to stands in the schedule.
	Budget time.Duration `yaml:"budget,omitempty"`
}

// networks are families of networks. Manifests of runs with a single one hold it as a word.
type networks []string

// UnmarshalYAML reads a word or a list of them.
func (n *networks) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*n = networks{node.Value}
		return nil
	}
	return node.Decode((*[]string)(n))
}

// settings returns what a configuration asks for.
func (c *Config) settings(dataset string) *Settings {
	return &Settings{
		Dataset: dataset, Configurations: c.Configurations, Folds: c.Folds,
		Networks: c.Networks, Planner: c.Planner, MemoryGB: c.MemoryGB, Epochs: c.Epochs, Budget: c.Budget,
	}
}

// replayed returns the schedule that a training has to follow, nil where there is none to replay.
func (r *run) replayed(t training) (trainer.Resolved, error) {
	if r.Replay == nil {
		return nil, nil
	}
	name := trainStage(r.plan, t)
	resolved, known := r.Replay[name]
	if !known {
		return nil, fault.Input(fmt.Errorf("%s: the schedule to replay says nothing about it", name))
	}
	return resolved, nil
}

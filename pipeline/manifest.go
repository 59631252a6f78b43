package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/trainer"
)

// ManifestFile is the manifest's name in the run folder.
const ManifestFile = "manifest.yaml"

const manifestHead = `# What ran here. Written by autoseg after every stage; it also reads it to know what is due.
# Digests are SHA-256. Paths are relative to the dataset folder (inputs) or to this folder (results).
`

// Manifest is the record of a run: enough to run it again and to compare.
type Manifest struct {
	// Program is the version that ran the latest stage.
	Program string `yaml:"program"`
	// Commands are the command lines, oldest first, with the dataset's name instead of its path.
	Commands []string `yaml:"commands"`
	// Seed is the seed of everything but folds and class locations.
	Seed uint64 `yaml:"seed"`
	// SIMD is the instruction set level; results are equal to the bit on equal levels only.
	SIMD string `yaml:"simd"`
	// Platform is the processor's architecture: others round some floating-point results differently.
	Platform string `yaml:"platform,omitempty"`
	// Settings are what the latest execution was asked for.
	Settings *Settings `yaml:"settings,omitempty"`
	// Planned is the SHA-256 of plan.yaml as the planner wrote it. Where the stage plan has another digest,
	// a person edited the plan or gave one.
	Planned string `yaml:"planned,omitempty"`
	// Schedule is the resolved length of every training: what a budget came to.
	Schedule map[string]trainer.Resolved `yaml:"schedule,omitempty"`
	// Recipes are loss, optimiser and learning rate of every training, in the words of a plan.
	Recipes map[string]plans.Recipe `yaml:"recipes,omitempty"`
	// Inputs holds the SHA-256 of every file of the dataset.
	Inputs map[string]string `yaml:"inputs"`
	// Stages are in the order of the run.
	Stages []*Record `yaml:"stages"`
}

// Record is what the manifest knows about one stage.
type Record struct {
	Name string `yaml:"name"`
	// Key is the digest of Inputs.
	Key string `yaml:"key"`
	// Complete is false while the stage runs, and after it was interrupted.
	Complete bool `yaml:"complete"`
	// Inputs holds the digests of what the results depend on.
	Inputs inputs `yaml:"inputs"`
	// Results holds the SHA-256 of every file that the stage wrote; "varies" for those that hold times.
	Results map[string]string `yaml:"results,omitempty"`
}

// ReadManifest reads the manifest of a run folder. A folder without one gives an empty manifest.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, ManifestFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Manifest{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	m, err := parseManifest(content)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s: %w; restore it, or start in a new folder", path, err))
	}
	return m, nil
}

func parseManifest(content []byte) (*Manifest, error) {
	m := &Manifest{}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(m); err != nil {
		return nil, err
	}
	for i, r := range m.Stages {
		if r == nil || r.Name == "" {
			return nil, fmt.Errorf("stage %d has no name", i+1)
		}
	}
	return m, nil
}

// Write writes the manifest into a run folder.
func (m *Manifest) Write(dir string) error {
	var b bytes.Buffer
	b.WriteString(manifestHead)
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(m); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return atomicfile.WriteBytes(filepath.Join(dir, ManifestFile), b.Bytes())
}

// record returns what is known about a stage, or nil.
func (m *Manifest) record(name string) *Record {
	for _, r := range m.Stages {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// put adds or replaces the record of a stage.
func (m *Manifest) put(record *Record) {
	for i, r := range m.Stages {
		if r.Name == record.Name {
			m.Stages[i] = record
			return
		}
	}
	m.Stages = append(m.Stages, record)
}

// sort brings the stages into the given order. Stages that are not named (of another configuration, run
// earlier) keep their order behind them: their results are still there and still good.
func (m *Manifest) sort(order []string) {
	position := func(r *Record) int {
		if i := slices.Index(order, r.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(m.Stages, func(a, b *Record) int { return position(a) - position(b) })
}

package selection

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/postprocess"
)

// File is the name of a run's selection.
const File = "selection.yaml"

const summaryFile = "summary.json"

// Selection is the content of selection.yaml: what predicts, and why.
type Selection struct {
	// Configuration is the name of the winner: a configuration, or two joined by " + ".
	Configuration string `yaml:"configuration"`
	// Model is the folder of the (first) winner below models.
	Model string `yaml:"model"`
	// Models are the folders of all models whose probabilities are averaged; one without an ensemble.
	Models []string `yaml:"models,flow,omitempty"`
	Folds  []string `yaml:"folds,flow"`
	// Evidence is in the order in which candidates were tried: single models first.
	Evidence []Evidence `yaml:"evidence"`
	// Postprocessing holds the rules for the winner's predictions.
	Postprocessing *postprocess.Decision `yaml:"postprocessing,omitempty"`
}

// Summary is the file, inside the run folder and with slashes, with the cross-validation of what was
// selected.
func (s *Selection) Summary() string {
	if len(s.Models) > 1 {
		return path.Join(EnsembleDir(s.Models), summaryFile)
	}
	return path.Join("models", s.Model, "cv", summaryFile)
}

// Evidence is what cross-validation says about one candidate.
type Evidence struct {
	Configuration string `yaml:"configuration"`
	// Dice is the mean foreground Dice over the validation cases of the trained folds; undefined where a
	// class is in no case.
	Dice  postprocess.Number `yaml:"mean_foreground_dice"`
	Cases int                `yaml:"validation_cases"`
}

// Best returns the index of the candidate with the highest Dice. Of equal ones the earlier wins, so that
// a single model is preferred to an ensemble (nnunet-model.md 6.2); undefined ones lose.
func Best(evidence []Evidence) int {
	best := 0
	for i, e := range evidence {
		if b := evidence[best].Dice; e.Dice > b || b != b && e.Dice == e.Dice {
			best = i
		}
	}
	return best
}

const head = "# What predicts the test images, and the cross-validation behind the choice.\n"

// Write writes selection.yaml into a run folder.
func (s *Selection) Write(run string) error {
	return atomicfile.Write(filepath.Join(run, File), func(w io.Writer) error {
		if _, err := io.WriteString(w, head); err != nil {
			return err
		}
		e := yaml.NewEncoder(w)
		e.SetIndent(2)
		if err := e.Encode(s); err != nil {
			return err
		}
		return e.Close()
	})
}

// Read reads the selection of a run folder.
func Read(run string) (*Selection, error) {
	path := filepath.Join(run, File)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("read selection: %w; make it with: autoseg select %s", err, run))
	}
	s := &Selection{}
	if err := yaml.Unmarshal(content, s); err != nil {
		return nil, fault.Input(fmt.Errorf("%s: %w", path, err))
	}
	if len(s.Models) == 0 && s.Model != "" {
		s.Models = []string{s.Model}
	}
	return s, nil
}

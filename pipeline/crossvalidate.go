package pipeline

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/plans"
)

const (
	selectionFile  = "selection.yaml"
	selectionStage = "select"
)

// Selection is the content of selection.yaml: the configuration that predicts, and why.
type Selection struct {
	Configuration string `yaml:"configuration"`
	// Model is its folder below models.
	Model string   `yaml:"model"`
	Folds []string `yaml:"folds,flow"`
	// Evidence is in the order of the configurations.
	Evidence []Evidence `yaml:"evidence"`
}

// Evidence is what cross-validation says about one configuration.
type Evidence struct {
	Configuration string `yaml:"configuration"`
	// Dice is the mean foreground Dice over the validation cases of the trained folds.
	Dice  float64 `yaml:"mean_foreground_dice"`
	Cases int     `yaml:"validation_cases"`
}

func modelDir(p *plans.Plans, c *plans.Configuration) string {
	return path.Join("models", modelName(p, c))
}

func crossValidationStage(p *plans.Plans, c *plans.Configuration) string {
	return "cv/" + modelName(p, c)
}

// crossValidate merges the validation predictions of the trained folds of every configuration, evaluates
// them, and selects the configuration with the highest mean foreground Dice.
func (r *run) crossValidate(ctx context.Context) error {
	var evidence []Evidence
	for _, c := range r.configurations {
		e, err := r.mergeFolds(ctx, c)
		if err != nil {
			return err
		}
		evidence = append(evidence, e)
	}
	best := 0
	for i, e := range evidence {
		if e.Dice > evidence[best].Dice || math.IsNaN(evidence[best].Dice) {
			best = i
		}
	}
	r.selected = r.configurations[best]
	return r.selectBest(ctx, evidence)
}

// mergeFolds brings models/<config>/cv up to date.
func (r *run) mergeFolds(ctx context.Context, c *plans.Configuration) (Evidence, error) {
	dir := path.Join(modelDir(r.plan, c), "cv")
	cases, err := r.validated()
	if err != nil {
		return Evidence{}, err
	}
	_, err = r.do(ctx, stage{
		name:    crossValidationStage(r.plan, c),
		results: []string{dir},
		inputs: func(in inputs) error {
			for _, fold := range r.Folds {
				in["fold "+fold] = r.key(trainStage(r.plan, training{c, fold}))
			}
			return nil
		},
		run: func(ctx context.Context) error { return r.writeCrossValidation(ctx, c, dir) },
	})
	if err != nil {
		return Evidence{}, err
	}
	summary, err := r.compare(ctx, cases, dir)
	if err != nil {
		return Evidence{}, fmt.Errorf("%s: %w", crossValidationStage(r.plan, c), err)
	}
	return Evidence{Configuration: c.Name, Dice: summary.Foreground["Dice"], Cases: len(cases)}, nil
}

// validated returns the validation cases of the trained folds, each once.
func (r *run) validated() ([]dataset.Case, error) {
	var cases []dataset.Case
	seen := map[string]bool{}
	for _, name := range r.Folds {
		fold, err := r.fold(name)
		if err != nil {
			return nil, err
		}
		for _, id := range fold.Validation {
			if seen[id] {
				continue
			}
			seen[id] = true
			c, err := r.data.Case(id)
			if err != nil {
				return nil, err
			}
			cases = append(cases, c)
		}
	}
	return cases, nil
}

func (r *run) writeCrossValidation(ctx context.Context, c *plans.Configuration, dir string) error {
	if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
		return err
	}
	for _, name := range r.Folds {
		fold, err := r.fold(name)
		if err != nil {
			return err
		}
		for _, id := range fold.Validation {
			file := id + r.data.FileEnding
			from := r.path(foldDir(r.plan, training{c, name}), "validation", file)
			if err := copyFile(r.path(dir, file), from); err != nil {
				return fmt.Errorf("validation of case %s: %w", id, err)
			}
		}
	}
	cases, err := r.validated()
	if err != nil {
		return err
	}
	summary, err := r.compare(ctx, cases, dir)
	if err != nil {
		return err
	}
	return summary.WriteFile(r.path(dir, summaryFile), evaluate.Standard)
}

// copyFile copies a file by temporary file and rename.
func copyFile(dst, src string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	return atomicfile.Write(dst, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// selectBest writes selection.yaml.
func (r *run) selectBest(ctx context.Context, evidence []Evidence) error {
	_, err := r.do(ctx, stage{
		name:    selectionStage,
		results: []string{selectionFile},
		inputs: func(in inputs) error {
			for _, c := range r.configurations {
				in[c.Name] = r.key(crossValidationStage(r.plan, c))
			}
			return nil
		},
		run: func(context.Context) error {
			text, err := yaml.Marshal(Selection{Configuration: r.selected.Name, Model: modelName(r.plan, r.selected), Folds: r.Folds, Evidence: evidence})
			if err != nil {
				return err
			}
			head := "# Which configuration predicts the test images, and the cross-validation behind the choice.\n"
			return atomicfile.WriteBytes(r.path(selectionFile), []byte(head+string(text)))
		},
	})
	return err
}

package pipeline

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/plans"
)

func modelDir(p *plans.Plans, c *plans.Configuration) string {
	return path.Join("models", modelName(p, c))
}

func crossValidationStage(p *plans.Plans, c *plans.Configuration) string {
	return "cv/" + modelName(p, c)
}

// validating returns the folds that have validation cases of their own. The fold "all" has none: it is
// checked on what it was trained on, which says nothing about new images.
func (r *run) validating() []string {
	return slices.DeleteFunc(slices.Clone(r.Folds), func(fold string) bool { return fold == "all" })
}

// crossValidate merges the validation predictions of the trained folds of every configuration and
// evaluates them.
func (r *run) crossValidate(ctx context.Context) error {
	if len(r.validating()) == 0 {
		r.log.Info("no cross-validation: the fold \"all\" trains on every case, so that none is left to compare configurations on")
		return nil
	}
	for _, c := range r.configurations {
		if err := r.mergeFolds(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// mergeFolds brings models/<config>/cv up to date.
func (r *run) mergeFolds(ctx context.Context, c *plans.Configuration) error {
	dir := path.Join(modelDir(r.plan, c), "cv")
	_, err := r.do(ctx, stage{
		name:    crossValidationStage(r.plan, c),
		results: []string{dir},
		inputs: func(in inputs) error {
			for _, fold := range r.validating() {
				in["fold "+fold] = r.key(trainStage(r.plan, training{c, fold}))
			}
			return nil
		},
		run: func(ctx context.Context) error { return r.writeCrossValidation(ctx, c, dir) },
	})
	return err
}

// validated is a validation case with the fold that speaks for it: the first that has not seen it.
type validated struct {
	dataset.Case
	fold string
}

// validatedCases returns the validation cases of the trained folds, each once.
func (r *run) validatedCases() ([]validated, error) {
	var cases []validated
	seen := map[string]bool{}
	for _, name := range r.validating() {
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
			cases = append(cases, validated{c, name})
		}
	}
	return cases, nil
}

func (r *run) writeCrossValidation(ctx context.Context, c *plans.Configuration, dir string) error {
	if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
		return err
	}
	all, err := r.validatedCases()
	if err != nil {
		return err
	}
	var cases []dataset.Case
	for _, v := range all {
		file := v.ID + r.data.FileEnding
		from := r.path(foldDir(r.plan, training{c, v.fold}), "validation", file)
		if err := copyFile(r.path(dir, file), from); err != nil {
			return fmt.Errorf("validation of case %s: %w", v.ID, err)
		}
		cases = append(cases, v.Case)
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

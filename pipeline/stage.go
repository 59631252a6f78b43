package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stage is one step of the run.
type stage struct {
	// name is the stage's name in the manifest, for example train/3d_fullres/fold_0.
	name string
	// inputs collects what the results depend on. It may fail for bad input.
	inputs func(in inputs) error
	// run makes the results. It is called again after an interrupt with the same inputs, and then goes
	// on from what it finds.
	run func(ctx context.Context) error
	// results are the files and folders in the run folder that the stage writes.
	results []string
	// incremental says that the stage itself knows which of its earlier results are still good, so
	// they are not removed when its inputs change.
	incremental bool
}

// runner executes stages in one run folder.
type runner struct {
	dir      string
	manifest *Manifest
	hashes   *hasher
	log      *slog.Logger
	order    []string // of the stages seen so far
	// timed, if set, is told about every stage that worked.
	timed func(stage string, took time.Duration, failure error)
}

// do brings the results of a stage up to date and reports whether anything had to be done.
func (r *runner) do(ctx context.Context, s stage) (worked bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	in := inputs{}
	if err := s.inputs(in); err != nil {
		return false, fmt.Errorf("%s: %w", s.name, err)
	}
	r.order = append(r.order, s.name)
	reason := r.due(s, in)
	if reason == "" {
		r.log.Debug("stage is up to date", "stage", s.name)
		return false, nil
	}
	r.log.Info(s.name, "because", reason)
	if err := r.begin(s, in); err != nil {
		return false, fmt.Errorf("%s: %w", s.name, err)
	}
	started := time.Now()
	err = s.run(ctx)
	if r.timed != nil {
		r.timed(s.name, time.Since(started), err)
	}
	if err != nil {
		return true, fmt.Errorf("%s: %w", s.name, err)
	}
	return true, r.finish(s, in)
}

// isDue reports whether do would work.
func (r *runner) isDue(s stage) (bool, error) {
	in := inputs{}
	if err := s.inputs(in); err != nil {
		return false, fmt.Errorf("%s: %w", s.name, err)
	}
	return r.due(s, in) != "", nil
}

// key returns the key of a stage that was done before: what a later stage depends on.
func (r *runner) key(name string) string {
	if record := r.manifest.record(name); record != nil {
		return record.Key
	}
	panic("BUG: pipeline: stage " + name + " has not run yet")
}

// due says why a stage must run, or "".
func (r *runner) due(s stage, in inputs) string {
	record := r.manifest.record(s.name)
	switch {
	case record == nil:
		return "it has not run yet"
	case record.Key != in.key():
		return "changed: " + strings.Join(in.changes(record.Inputs), ", ")
	case !record.Complete:
		return "it was interrupted"
	}
	for name := range record.Results {
		if _, err := os.Stat(filepath.Join(r.dir, filepath.FromSlash(name))); err != nil {
			return name + " is missing"
		}
	}
	return ""
}

// begin records that a stage runs. Results of other inputs are removed first: a killed run must not
// leave them beside the new key.
func (r *runner) begin(s stage, in inputs) error {
	record := r.manifest.record(s.name)
	if record != nil && record.Key != in.key() && !s.incremental {
		for _, name := range s.results {
			if err := os.RemoveAll(filepath.Join(r.dir, filepath.FromSlash(name))); err != nil {
				return fmt.Errorf("remove outdated results: %w", err)
			}
		}
	}
	r.manifest.put(&Record{Name: s.name, Key: in.key(), Inputs: in})
	return r.manifest.Write(r.dir)
}

// finish records the results of a stage.
func (r *runner) finish(s stage, in inputs) error {
	results := map[string]string{}
	for _, name := range s.results {
		sums, err := r.hashes.tree(r.dir, name)
		if err != nil {
			return fmt.Errorf("%s: hash the results: %w", s.name, err)
		}
		for file, sum := range sums {
			results[file] = sum
		}
	}
	r.manifest.put(&Record{Name: s.name, Key: in.key(), Complete: true, Inputs: in, Results: results})
	return r.manifest.Write(r.dir)
}

// close puts the stages into the order of this run and writes the manifest.
func (r *runner) close() error {
	r.manifest.sort(r.order)
	return r.manifest.Write(r.dir)
}

package pipeline

import (
	"context"
	"errors"
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
	// on from what it finds. A PartialError says that it made what it could: the results are recorded,
	// later stages work with them, and the next execution tries the rest again.
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
	failures []error  // of the stages that are done in part
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
	r.log.Info(s.name + ": " + reason)
	if err := r.begin(s, in); err != nil {
		return false, fmt.Errorf("%s: %w", s.name, err)
	}
	started := time.Now()
	err = s.run(ctx)
	if r.timed != nil {
		r.timed(s.name, time.Since(started), err)
	}
	var partial *PartialError
	if err != nil && !errors.As(err, &partial) {
		return true, fmt.Errorf("%s: %w", s.name, err)
	}
	if partial != nil {
		r.failures = append(r.failures, fmt.Errorf("%s: %w", s.name, partial))
	}
	return true, r.finish(s, in, partial == nil)
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

// made returns the digest of what a stage done before has written. A later stage that depends on it is
// due again when a stage that was done in part has made more.
func (r *runner) made(name string) (string, error) {
	record := r.manifest.record(name)
	if record == nil {
		panic("BUG: pipeline: stage " + name + " has not run yet")
	}
	return digest(record.Results)
}

// due says why a stage must run, or "".
func (r *runner) due(s stage, in inputs) string {
	record := r.manifest.record(s.name)
	switch {
	case record == nil:
		return "not done yet"
	case record.Key != in.key():
		return "done again, changed: " + strings.Join(in.changes(record.Inputs), ", ")
	case !record.Complete && len(record.Results) > 0:
		return "tried again what failed"
	case !record.Complete:
		return "goes on where it was interrupted"
	}
	for name := range record.Results {
		if _, err := os.Stat(filepath.Join(r.dir, filepath.FromSlash(name))); err != nil {
			return "done again, " + name + " is missing"
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

// finish records the results of a stage and whether they are all.
func (r *runner) finish(s stage, in inputs, complete bool) error {
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
	r.manifest.put(&Record{Name: s.name, Key: in.key(), Complete: complete, Inputs: in, Results: results})
	return r.manifest.Write(r.dir)
}

// close puts the stages into the order of this run and writes the manifest.
func (r *runner) close() error {
	r.manifest.sort(r.order)
	return r.manifest.Write(r.dir)
}

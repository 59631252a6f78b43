package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/selection"
)

// run is one execution of Run.
type run struct {
	Config
	*runner
	data *dataset.Dataset
	plan *plans.Plans
	// created says that the run folder was not there before.
	created bool
	// configurations are those to train.
	configurations []*plans.Configuration
	// planOf holds the plan that every one of them stands in: plan.yaml, or that of another network.
	planOf map[*plans.Configuration]*plans.Plans
	folds  []dataset.Fold // of the cross-validation
	// selected says which models predict the test images.
	selected *selection.Selection
	// started is when the run began: earlier by what interrupted executions have spent of a budget.
	started time.Time
	speeds  map[string]speed // by model
	// pending is the number of trainings that are due, and deadlines divides the time among them.
	pending   int
	deadlines budget
	// fit makes the weights and the validation predictions of one training.
	fit fitter
}

// fitter trains a fold, or goes on where an earlier call was interrupted, until the deadline unless it is
// zero.
type fitter func(ctx context.Context, t training, deadline time.Time) error

// Run brings a run folder up to date: whatever is missing or outdated is made, everything else is left
// alone. It can be interrupted at any time and called again. A PartialError says that everything was done
// except for the test cases that it names.
func Run(ctx context.Context, c Config) error {
	c.defaults()
	if err := c.Validate(); err != nil {
		return err
	}
	r, err := open(c)
	if err != nil {
		return err
	}
	r.fit = r.fitFold
	return r.abandon(r.execute(ctx))
}

// abandon leaves a run folder as it was found when the input turned out to be bad before any stage was
// done, and returns err.
func (r *run) abandon(err error) error {
	if !fault.IsInput(err) || slices.ContainsFunc(r.manifest.Stages, func(s *Record) bool { return s.Complete }) {
		return err
	}
	for _, name := range []string{ManifestFile, LogFile} {
		if e := os.Remove(r.path(name)); e != nil && !errors.Is(e, fs.ErrNotExist) {
			return errors.Join(err, e)
		}
	}
	if r.created {
		_ = os.Remove(r.dir) // goes only if nothing is in it
	}
	return err
}

// execute brings stage after stage up to date.
func (r *run) execute(ctx context.Context) error {
	for _, part := range []func(context.Context) error{
		r.measure, r.decide, r.split, r.prepare, r.describeModels, r.train, r.crossValidate,
		r.choosePrediction, r.segment, r.finalise, r.assess, r.publish,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return errors.Join(append(r.failures, r.close())...)
}

// open reads what is there: the dataset's description, and the manifest of earlier executions.
func open(c Config) (*run, error) {
	data, err := dataset.Open(c.Dataset)
	if err != nil {
		return nil, err
	}
	if err := data.Check(); err != nil {
		return nil, err
	}
	_, err = os.Stat(c.Output)
	created := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(c.Output, 0o755); err != nil {
		return nil, fault.Input(fmt.Errorf("run folder: %w; choose another with -o", err))
	}
	m, err := ReadManifest(c.Output)
	if err != nil {
		return nil, err
	}
	m.Program, m.Seed, m.SIMD, m.Platform = c.Program, c.Seed, c.SIMD, runtime.GOARCH
	m.Inputs = map[string]string{}
	m.Settings = c.settings(filepath.Base(data.Dir))
	if n := len(m.Commands); c.Command != "" && (n == 0 || m.Commands[n-1] != c.Command) {
		m.Commands = append(m.Commands, c.Command)
	}
	before, err := spent(c.Output, c.Budget)
	if err != nil {
		return nil, fault.Input(err)
	}
	if before > 0 {
		c.Log.Info(fmt.Sprintf("%v of the budget of %v were spent before", before.Round(time.Second), c.Budget))
	}
	r := &run{
		Config: c, data: data, created: created, started: c.Now().Add(-before), speeds: map[string]speed{},
		runner: &runner{dir: c.Output, manifest: m, hashes: newHasher(), log: c.Log},
	}
	r.timed = r.note
	return r, nil
}

// path returns the path of something in the run folder.
func (r *run) path(elements ...string) string {
	return filepath.Join(append([]string{r.dir}, elements...)...)
}

// files returns the SHA-256 of files of the dataset by their path in it, and notes them in the manifest.
func (r *run) files(paths []string) (map[string]string, error) {
	sums := map[string]string{}
	for _, path := range withCompanions(paths) {
		name, err := filepath.Rel(r.data.Dir, path)
		if err != nil || strings.HasPrefix(name, "..") {
			name = filepath.Base(path) // an explicit list may name files elsewhere; no path of them is written
		}
		sum, err := r.hashes.file(path)
		if err != nil {
			return nil, fault.Input(fmt.Errorf("read the dataset: %w", err))
		}
		sums[filepath.ToSlash(name)] = sum
		r.manifest.Inputs[filepath.ToSlash(name)] = sum
	}
	return sums, nil
}

// withCompanions adds the files that headers name for their voxels, and the spacings beside images. A header
// that cannot be read names none: whoever reads the case finds out what is wrong with it.
func withCompanions(paths []string) []string {
	formats := dataset.Formats()
	var all []string
	for _, path := range paths {
		files, err := formats.Files(path)
		if err != nil {
			files = []string{path}
		}
		all = append(all, files...)
	}
	return all
}

// caseFiles lists the image files of cases, and their label files where asked for.
func caseFiles(cases []dataset.Case, part func(dataset.Case) []string) []string {
	var paths []string
	for _, c := range cases {
		paths = append(paths, part(c)...)
	}
	return paths
}

func imageFiles(c dataset.Case) []string { return c.Images }

func labelFiles(c dataset.Case) []string {
	if c.Labels == "" {
		return nil
	}
	return []string{c.Labels}
}

package importer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync/atomic"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/parallel"
)

// Options say what to import.
type Options struct {
	// Format describes the published layout; Source is its folder, or a zip archive; Dir is the dataset folder to
	// write, which must be empty or not there yet.
	Format      *Format
	Source, Dir string
	// Consensus is how many of the four readers of LIDC-IDRI must have marked a voxel; 0 means 2.
	Consensus int
	// Broken says what to do with cases that cannot be read: Refuse, the default, or LeaveOut.
	Broken Broken
	// Workers is the number of cases that are read, and in memory, at the same time; 0 means 1.
	Workers int
	// Progress is called after every case, from any goroutine, if it is not nil.
	Progress func(done, total int)
}

// Broken says what to do with cases that cannot be read.
type Broken string

// What to do with cases that cannot be read.
const (
	Refuse   Broken = ""          // write nothing and name every one of them
	LeaveOut Broken = "leave-out" // write the others and name them in import.yaml
)

// Validate reports the first option that makes no sense.
func (o Options) Validate() error {
	switch {
	case o.Format == nil:
		return errors.New("import: no format")
	case o.Consensus < 0 || o.Consensus > readers:
		return fmt.Errorf("consensus %d: want 1 to %d readers", o.Consensus, readers)
	case o.Workers < 0:
		return fmt.Errorf("workers %d: want 0 or more", o.Workers)
	case o.Broken != Refuse && o.Broken != LeaveOut:
		return fmt.Errorf("broken %q: want %q or nothing", o.Broken, LeaveOut)
	}
	return nil
}

// Report is what an import did; import.yaml in the dataset folder holds it.
type Report struct {
	Format    string   `yaml:"format" json:"format"`
	Title     string   `yaml:"title" json:"title"`
	Link      string   `yaml:"link" json:"link"`
	Licence   string   `yaml:"licence" json:"licence"`
	Reference string   `yaml:"reference,omitempty" json:"reference,omitempty"`
	Training  int      `yaml:"training" json:"training"`
	Test      int      `yaml:"test" json:"test"`
	Notes     []string `yaml:"notes,omitempty" json:"notes,omitempty"`
	Changes   []Change `yaml:"changes" json:"changes"`
	LeftOut   []Change `yaml:"left_out,omitempty" json:"left_out,omitempty"`
}

// Import reads a published dataset and writes a dataset folder. Either the whole folder is there afterwards or
// nothing: it is written beside its final place and renamed at the end.
func Import(ctx context.Context, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, fault.Input(err)
	}
	if err := empty(o.Dir); err != nil {
		return nil, fault.Input(err)
	}
	s, err := OpenSource(o.Source)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	p, err := find(s, o)
	if err != nil {
		return nil, err
	}
	dir := filepath.Clean(o.Dir)
	unfinished := filepath.Join(filepath.Dir(dir), fmt.Sprintf(".%s.%08x.part", filepath.Base(dir), rand.Uint32()))
	if err := os.MkdirAll(unfinished, 0o777); err != nil {
		return nil, err
	}
	defer os.RemoveAll(unfinished)
	r, err := convert(ctx, o, p, unfinished)
	if err != nil {
		return nil, err
	}
	return r, place(unfinished, dir)
}

// empty refuses a folder that holds anything.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("import into %s: %w", dir, err)
	case len(entries) > 0:
		return fmt.Errorf("import into %s: the folder is not empty; name a new one", dir)
	}
	return nil
}

// place moves the finished folder to where it belongs.
func place(unfinished, dir string) error {
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(unfinished, dir)
}

// convert reads and writes every case.
func convert(ctx context.Context, o Options, p *plan, dir string) (*Report, error) {
	w, err := newWriter(dir, o.Format.Ending)
	if err != nil {
		return nil, err
	}
	f := o.Format
	r := &Report{Format: f.Name, Title: f.Title, Link: f.Link, Licence: f.Licence, Reference: f.Reference, Changes: slices.Clone(p.notes)}
	results := make([]outcome, len(p.cases))
	var done atomic.Int64
	err = parallel.Each(ctx, max(1, o.Workers), len(p.cases), func(_, i int) error {
		var failed error
		results[i], failed = p.cases[i].run(ctx, f, w)
		if n := done.Add(1); o.Progress != nil {
			o.Progress(int(n), len(p.cases))
		}
		return failed
	})
	if err != nil {
		return nil, err
	}
	if err := r.collect(results, o); err != nil {
		return nil, err
	}
	if r.Training == 0 {
		r.Notes = append(r.Notes, "no case has labels: the images are in imagesTs, to predict on; training needs labelled cases")
	}
	if err := w.record(r); err != nil {
		return nil, err
	}
	return r, w.describe(f, p, r.Training)
}

// outcome is what became of a job.
type outcome struct {
	id             string
	training, test int
	changes        []Change
	broken         error
}

// run reads and writes one case. What is wrong with the case is in the outcome; the error is of the writing.
func (j job) run(ctx context.Context, f *Format, w *writer) (outcome, error) {
	out := outcome{id: j.id}
	l, err := j.load(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		out.broken = err
		return out, nil
	}
	for _, c := range l.changes {
		c.Case, c.File, c.What = j.id, anonymous(c.File), anonymous(c.What)
		out.changes = append(out.changes, c)
	}
	parts := []part{{j.id, l}}
	if f.Slices {
		parts = l.split(j.id)
	}
	for _, p := range parts {
		if err := w.put(p.id, j.test, p.loaded); err != nil {
			return out, fmt.Errorf("case %s: %w", p.id, err)
		}
	}
	if out.training = len(parts); j.test {
		out.training, out.test = 0, len(parts)
	}
	return out, nil
}

// uid matches DICOM's unique identifiers, with which a patient's study could be found.
var uid = regexp.MustCompile(`[0-9]+(\.[0-9]+){5,}`)

// anonymous returns a text of a change without identifiers.
func anonymous(text string) string { return uid.ReplaceAllString(text, "UID") }

// collect adds up outcomes. Cases that cannot be read are an error unless they are to be left out.
func (r *Report) collect(results []outcome, o Options) error {
	var broken []error
	for _, x := range results {
		if x.broken != nil {
			broken = append(broken, fmt.Errorf("case %s: %w", x.id, x.broken))
			r.LeftOut = append(r.LeftOut, Change{Case: x.id, What: anonymous(x.broken.Error())})
			continue
		}
		r.Training += x.training
		r.Test += x.test
		r.Changes = append(r.Changes, x.changes...)
	}
	if broken != nil && (o.Broken != LeaveOut || r.Training+r.Test == 0) {
		return fault.Input(fmt.Errorf("import %s from %s: %w", o.Format.Name, o.Source, errors.Join(broken...)))
	}
	return nil
}

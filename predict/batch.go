package predict

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/volume"
)

// Batch says which cases are predicted and where the results go.
type Batch struct {
	// Dataset reads the images of Cases.
	Dataset *dataset.Dataset
	Cases   []dataset.Case
	// Previous is the folder with the segmentations of the previous stage of a cascade, named like the
	// results; empty for other configurations.
	Previous string
	// Output is the folder for CASE.ENDING and CASE.quality.json, and where the predictor keeps
	// probabilities CASE.npz.
	Output string
	// Resume skips cases whose files are there.
	Resume bool
	// MaxMemory is the resident memory in bytes that may not be exceeded; 0 means no limit.
	MaxMemory int64
	// Available is the memory in bytes that the machine has for this process, a limit where MaxMemory is
	// none; 0 means that nobody knows.
	Available int64
	// Announce, if not nil, is told before the first case how much memory the batch takes.
	Announce func(Schedule)
	// Progress, if not nil, is called with the windows done and their total of one case.
	Progress func(id string, done, total int)
	// Done, if not nil, is called when a case has been written.
	Done func(id string, r *Result)
}

// Run predicts every case: while the network works on one, the next is read and preprocessed and the
// last is written, so at most three are in memory; where MaxMemory forbids that, one after the other. A
// case that fails does not stop the others; the error names every one of them. When ctx ends, cases
// already written stay.
func (p *Predictor) Run(ctx context.Context, b Batch) error {
	if err := p.checkPrevious(b); err != nil {
		return err
	}
	schedule, err := p.Schedule(b)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.Output, 0o755); err != nil {
		return fault.Input(fmt.Errorf("predict: %w", err))
	}
	if b.Announce != nil {
		b.Announce(schedule)
	}
	return p.runCases(ctx, b, schedule.Overlap)
}

// checkPrevious finds all segmentations of the previous stage before anything starts.
func (p *Predictor) checkPrevious(b Batch) error {
	cascade := p.inputChannels() > p.imageChannels()
	if cascade != (b.Previous != "") {
		if cascade {
			return fault.Input(fmt.Errorf("predict: %s is the second stage of a cascade; predict with its first stage and give that folder as --previous", p.config.Configuration))
		}
		return fault.Input(fmt.Errorf("predict: %s has no previous stage; leave --previous out", p.config.Configuration))
	}
	var failures []error
	for _, c := range p.Due(b) {
		if cascade && !isFile(b.previous(c.ID)) {
			failures = append(failures, fmt.Errorf("case %s: the segmentation of the previous stage %s is missing; predict it first", c.ID, b.previous(c.ID)))
		}
	}
	return fault.Input(errors.Join(failures...))
}

func (p *Predictor) runCases(ctx context.Context, b Batch, overlap bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cases := p.Due(b)
	q := newQueue(overlap)
	ready := p.prepare(ctx, b, cases, q)
	written := make(chan error, len(cases))
	var failures []error
	started := 0
	for c := range ready {
		r, err := p.one(ctx, b, c)
		c.sample = nil
		if err != nil {
			failures = append(failures, err)
			q.skip()
		} else {
			started++
			q.write(func() { written <- b.write(c.c.ID, r) })
		}
		if ctx.Err() != nil {
			break
		}
	}
	for range started {
		failures = append(failures, <-written)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.Join(failures...)
}

// one runs the network on a case that is ready and judges the result.
func (p *Predictor) one(ctx context.Context, b Batch, c prepared) (*Result, error) {
	if c.err != nil {
		return nil, c.err
	}
	r, err := p.Sample(ctx, c.sample, b.progressOf(c.c.ID))
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", c.c.ID, err)
	}
	r.Quality = p.judge(c.distance, r)
	return r, nil
}

// Due returns the cases that are to be predicted: with Resume those that are not there yet.
func (p *Predictor) Due(b Batch) []dataset.Case {
	if !b.Resume {
		return b.Cases
	}
	var due []dataset.Case
	for _, c := range b.Cases {
		if !isFile(b.path(c.ID)) || p.config.Probabilities && !isFile(b.probabilities(c.ID)) {
			due = append(due, c)
		}
	}
	return due
}

// prepared is a case on its way to the network, or the reason why it cannot go there.
type prepared struct {
	c        dataset.Case
	sample   *preprocess.Sample
	distance Distance
	err      error
}

// prepare reads and preprocesses cases ahead of the network, as far as the queue lets it.
func (p *Predictor) prepare(ctx context.Context, b Batch, cases []dataset.Case, q *queue) <-chan prepared {
	ready := make(chan prepared)
	go func() {
		defer close(ready)
		for _, c := range cases {
			if !q.wait(ctx) {
				return
			}
			select {
			case ready <- p.read(b, c):
			case <-ctx.Done():
				return
			}
		}
	}()
	return ready
}

// read reads and preprocesses one case.
func (p *Predictor) read(b Batch, c dataset.Case) prepared {
	k := prepared{c: c}
	image, err := b.Dataset.Image(c)
	if err != nil {
		k.err = err // it names the case
		return k
	}
	if k.sample, err = p.preprocess(b, c.ID, image); err != nil {
		k.err = fmt.Errorf("case %s: preprocess: %w", c.ID, err)
		return k
	}
	k.distance = p.Distance(image, &k.sample.Trail)
	size := 4 * int64(len(image.Data))
	image = nil // its memory goes before the network's comes
	tidy(size)
	return k
}

func (p *Predictor) preprocess(b Batch, id string, image *volume.Image) (*preprocess.Sample, error) {
	if b.Previous == "" {
		return p.Preprocess(image)
	}
	previous, err := dataset.Formats().ReadLabels(b.previous(id))
	if err != nil {
		return nil, err
	}
	return p.pipeline.RunCascade(image, previous)
}

func (b *Batch) progressOf(id string) func(done, total int) {
	if b.Progress == nil {
		return nil
	}
	return func(done, total int) { b.Progress(id, done, total) }
}

func (b *Batch) path(id string) string {
	return filepath.Join(b.Output, id+b.Dataset.FileEnding)
}

func (b *Batch) probabilities(id string) string { return filepath.Join(b.Output, id+".npz") }

func (b *Batch) previous(id string) string {
	return filepath.Join(b.Previous, id+b.Dataset.FileEnding)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

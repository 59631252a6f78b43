package predict

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/npy"
	"github.com/autoseg/autoseg/preprocess"
)

// Batch says which cases are predicted and where the results go.
type Batch struct {
	// Dataset reads the images of Cases.
	Dataset *dataset.Dataset
	Cases   []dataset.Case
	// Output is the folder for CASE.ENDING, and with SaveProbabilities CASE.npz.
	Output            string
	SaveProbabilities bool
	// Resume skips cases whose files are there.
	Resume bool
	// Progress, if not nil, is called with the windows done and their total of one case.
	Progress func(id string, done, total int)
	// Done, if not nil, is called when a case has been written.
	Done func(id string, r *Result)
}

// prepared is a case on its way to the network, or the reason why it cannot go there.
type prepared struct {
	c      dataset.Case
	sample *preprocess.Sample
	err    error
}

// Run predicts every case: while the network works on one, the next is read and preprocessed and the
// last is written, so at most three are in memory. A case that fails does not stop the others; the
// error names every one of them. When ctx ends, cases already written stay.
func (p *Predictor) Run(ctx context.Context, b Batch) error {
	if err := os.MkdirAll(b.Output, 0o755); err != nil {
		return fmt.Errorf("predict: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cases := b.due()
	ready := p.prepare(ctx, b, cases)
	written := make(chan error, len(cases))
	pending := make(chan struct{}, 1) // one result may wait for the disk
	var failures []error
	started := 0
	for c := range ready {
		if c.err == nil {
			var r *Result
			if r, c.err = p.Sample(ctx, c.sample, b.progressOf(c.c.ID)); c.err == nil {
				pending <- struct{}{}
				started++
				go func() {
					defer func() { <-pending }()
					written <- b.write(c.c.ID, r)
				}()
			}
		}
		if c.err != nil {
			failures = append(failures, fmt.Errorf("case %s: %w", c.c.ID, c.err))
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

func (b *Batch) due() []dataset.Case {
	if !b.Resume {
		return b.Cases
	}
	var due []dataset.Case
	for _, c := range b.Cases {
		if !isFile(b.path(c.ID)) || (b.SaveProbabilities && !isFile(b.probabilities(c.ID))) {
			due = append(due, c)
		}
	}
	return due
}

// prepare reads and preprocesses cases one ahead of the network.
func (p *Predictor) prepare(ctx context.Context, b Batch, cases []dataset.Case) <-chan prepared {
	ready := make(chan prepared)
	go func() {
		defer close(ready)
		for _, c := range cases {
			k := prepared{c: c}
			image, err := b.Dataset.Image(c)
			if err == nil {
				k.sample, err = p.Preprocess(image)
			}
			k.err = err
			select {
			case ready <- k:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ready
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

// write writes a result; the segmentation last, since its presence says that the case is finished.
func (b *Batch) write(id string, r *Result) error {
	if b.SaveProbabilities {
		image, err := r.Probabilities()
		if err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
		shape := []int{image.Channels, image.Shape[0], image.Shape[1], image.Shape[2]}
		if err := npy.WriteCompressed(b.probabilities(id), "probabilities", shape, image.Data); err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
	}
	if err := dataset.Formats().WriteLabels(b.path(id), r.Labels); err != nil {
		return fmt.Errorf("case %s: %w", id, err)
	}
	if b.Done != nil {
		b.Done(id, r)
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

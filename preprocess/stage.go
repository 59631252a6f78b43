package preprocess

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/plans"
)

// Options say how a dataset is preprocessed.
type Options struct {
	// Workers is the number of cases in memory at a time and of goroutines in all; 0 means one.
	Workers int
	// Cases are the cases to do; nil means all training cases.
	Cases []string
	// Announce is told the peak memory in bytes of a case before it is preprocessed, as Memory
	// computes it, unless it is nil. It may be called concurrently.
	Announce func(id string, bytes int64)
	// Progress is told how many cases are done, unless it is nil. It is not called concurrently.
	Progress func(done, total int)
}

// Validate reports an option that makes no sense for the dataset.
func (o Options) Validate(d *dataset.Dataset) error {
	if o.Workers < 0 {
		return fmt.Errorf("%d workers: want a positive number, or 0 for one", o.Workers)
	}
	known := d.IDs()
	var findings []error
	for _, id := range o.Cases {
		if !slices.Contains(known, id) {
			findings = append(findings, fmt.Errorf("case %s is no training case of %s", id, d.Name))
		}
	}
	return errors.Join(findings...)
}

// Dataset preprocesses training cases into the store in a folder. Cases that the store holds already,
// made from the same files and the same settings, are left alone. A case that fails does not keep
// the others from being done; the errors of all come back together.
func Dataset(ctx context.Context, d *dataset.Dataset, p *plans.Plans, configuration, dir string, o Options) error {
	if err := o.Validate(d); err != nil {
		return fault.Input(fmt.Errorf("preprocess: %w", err))
	}
	pipeline, err := New(p, configuration, &d.Labelling)
	if err != nil {
		return fault.Input(err)
	}
	store, err := dataset.OpenStore(dir)
	if err != nil {
		return fault.Input(fmt.Errorf("preprocess %s: %w", configuration, err))
	}
	atomicfile.Sweep(dir, abandoned)
	s := &stage{ctx: ctx, data: d, pipeline: pipeline, store: store, announce: o.Announce, progress: o.Progress}
	for _, c := range d.Cases {
		if o.Cases == nil || slices.Contains(o.Cases, c.ID) {
			s.cases = append(s.cases, c)
		}
	}
	return s.run(max(1, o.Workers))
}

// abandoned is the age from which on a half-written file is one that a kill has left. Another process may be
// preprocessing the same cases, for another fold.
const abandoned = 10 * time.Minute

// stage is the work of Dataset.
type stage struct {
	ctx      context.Context
	data     *dataset.Dataset
	pipeline *Pipeline
	store    *dataset.Store
	cases    []dataset.Case
	announce func(id string, bytes int64)
	progress func(done, total int)

	mutex sync.Mutex
	done  int
}

func (s *stage) run(workers int) error {
	// Cases side by side are faster than one case by many: reading and unpacking a file is serial.
	s.pipeline.Workers = max(1, workers/max(1, len(s.cases)))
	failures := make([]error, len(s.cases))
	parallel.For(workers, len(s.cases), func(_, i int) {
		if s.ctx.Err() != nil {
			return
		}
		failures[i] = s.one(s.cases[i])
		s.count()
	})
	if err := s.ctx.Err(); err != nil {
		return err
	}
	return errors.Join(failures...)
}

func (s *stage) count() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.done++
	if s.progress != nil {
		s.progress(s.done, len(s.cases))
	}
}

func (s *stage) one(c dataset.Case) error {
	hash, err := s.pipeline.hash(c)
	if err != nil {
		return fmt.Errorf("preprocess case %s: %w", c.ID, err)
	}
	if s.store.Unchanged(c.ID, hash) {
		return nil
	}
	sample, err := s.sample(c)
	if err != nil {
		return fmt.Errorf("preprocess: %w", err)
	}
	defer tidy(4 * len(sample.Data))
	return s.store.Put(&dataset.Record{
		ID: c.ID, Channels: sample.Channels, Shape: sample.Shape,
		Data: sample.Data, Labels: sample.Labels, Locations: sample.Locations,
		Properties: &sample.Trail, Hash: hash,
	})
}

// sample reads and preprocesses a case. It keeps no reference to what was read, so that the image can
// go while the labels are being resampled.
func (s *stage) sample(c dataset.Case) (*Sample, error) {
	image, labels, err := s.data.Load(c)
	if err != nil {
		return nil, err
	}
	if s.announce != nil {
		s.announce(c.ID, s.pipeline.Memory(image.Geometry, image.Channels))
	}
	tidy(4 * len(image.Data))
	sample, err := s.pipeline.Run(image, labels)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", c.ID, err)
	}
	return sample, nil
}

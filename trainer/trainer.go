package trainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/weights"
)

// Trainer trains one fold. Make it with New, call Run once, Close it.
type Trainer struct {
	job      Job
	config   *Config
	data     *data
	step     Stepper
	first    func(seed uint64) map[string][]float32
	scoring  scoring
	state    *State
	sequence int // of the newest checkpoint
	journal  *journal

	// residents is host memory for everything that a checkpoint holds. At the start of an epoch it is
	// filled with what the watchdog would go back to.
	residents []weights.Tensor
	good      *State // the state that belongs to residents

	training, validation *Loader
	logits               []float32
	lastCheckpoint       time.Time
	lastPlot             time.Time
	epochStart           time.Time
	warned               map[string]bool
	broken               bool // the epoch under way began in another process
}

// Result is what a training came to.
type Result struct {
	// Epochs and Updates count what was done.
	Epochs, Updates int
	// Best is the best average pseudo Dice, NaN without validation.
	Best float64
	// Resolved is the schedule that was followed; a Config that replays it makes the same weights.
	Resolved Resolved
}

// Run trains a job from wherever its folder's checkpoints are to the end; see Trainer.Run.
func Run(ctx context.Context, job Job) error {
	t, err := New(job)
	if err != nil {
		return err
	}
	defer t.Close()
	_, err = t.Run(ctx)
	return err
}

// New checks a job, opens its cases and compiles its network. Nothing is written yet.
func New(job Job) (*Trainer, error) {
	t := &Trainer{job: job, warned: map[string]bool{}}
	t.config = &t.job.Config
	if t.job.announce == nil {
		t.job.announce = func(string) {}
	}
	if err := t.job.check(); err != nil {
		return nil, err
	}
	var err error
	if t.data, err = t.job.openData(); err != nil {
		return nil, err
	}
	if err := t.compile(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Trainer) compile() error {
	target := t.data.training.Pipeline.Target()
	p, err := t.job.problem(target)
	if err != nil {
		return fault.Input(err)
	}
	construct := t.job.stepper
	if construct == nil {
		construct = func(p problem) (Stepper, func(uint64) map[string][]float32, error) { return newNetworkStep(p) }
	}
	if t.step, t.first, err = construct(p); err != nil {
		return fault.Input(fmt.Errorf("configuration %s: %w", t.job.Configuration.Name, err))
	}
	size := target.Shapes[0]
	ignore := -1
	if label, ok := t.job.Labelling.Ignore(); ok {
		ignore = label
	}
	t.scoring = scoring{classes: p.classes, regions: t.job.Labelling.HasRegions(), ignore: ignore, voxels: size[0] * size[1] * size[2]}
	t.logits = make([]float32, p.batch*p.classes*t.scoring.voxels)
	for _, r := range t.step.Residents() {
		t.residents = append(t.residents, weights.Tensor{Name: r.Name, Shape: r.Shape, Data: make([]float32, r.Shape.Size())})
	}
	return nil
}

// Run trains from wherever the folder's checkpoints are, or from the beginning, to the end, writes the
// final weights and has them validated. When ctx ends, it saves a checkpoint and returns the context's
// error; the same job goes on from there and comes to the same weights.
func (t *Trainer) Run(ctx context.Context) (Result, error) {
	if err := os.MkdirAll(t.job.Folder, 0o777); err != nil {
		return Result{}, fault.Input(fmt.Errorf("training: %w", err))
	}
	atomicfile.Sweep(t.job.Folder, 0)
	var err error
	if t.journal, err = openJournal(t.job.Folder); err != nil {
		return Result{}, fault.Input(err)
	}
	defer t.journal.Close()
	if err := t.begin(ctx); err != nil {
		return Result{}, err
	}
	if t.complete() {
		return t.result(), nil
	}
	defer t.closeLoaders()
	for t.state.Phase != Finished {
		if err := t.epoch(ctx); err != nil {
			return Result{}, err
		}
	}
	return t.result(), t.finish(ctx)
}

func (t *Trainer) result() Result {
	return Result{t.state.Epoch, t.state.Updates, float64(t.state.Best), t.state.Resolved}
}

// download fills the host's copy of the residents.
func (t *Trainer) download() error {
	for _, r := range t.residents {
		if err := t.step.Get(r.Name, r.Data); err != nil {
			return err
		}
	}
	return nil
}

// remember keeps what the watchdog goes back to.
func (t *Trainer) remember() error {
	if err := t.download(); err != nil {
		return err
	}
	t.good = t.state.clone()
	return nil
}

// save writes a checkpoint of the residents as downloaded last.
func (t *Trainer) save() error {
	c := checkpoint{sequence: t.sequence + 1, state: t.state, residents: t.residents}
	if err := c.write(other(t.job.Folder, c.sequence), t.job.announce); err != nil {
		return fmt.Errorf("checkpoint of fold %s: %w", t.config.Fold, err)
	}
	t.sequence++
	t.lastCheckpoint = time.Now()
	t.job.announce("checkpoint: written")
	return nil
}

// interrupted saves where the training stands, in the middle of an epoch, and returns the context's
// error.
func (t *Trainer) interrupted(ctx context.Context) error {
	if err := t.download(); err != nil {
		return errors.Join(ctx.Err(), err)
	}
	if err := t.save(); err != nil {
		return errors.Join(ctx.Err(), err)
	}
	err := t.log(Event{Event: "interrupted", Epoch: t.state.Epoch, Iteration: t.state.Iteration, Message: string(t.state.Phase)})
	return errors.Join(ctx.Err(), err)
}

// log writes an event and tells the observer.
func (t *Trainer) log(e Event) error {
	if err := t.journal.add(e); err != nil {
		return err
	}
	if t.job.Observe != nil {
		t.job.Observe(e)
	}
	return nil
}

// warn logs something that a person should know, once.
func (t *Trainer) warn(layout string, arguments ...any) error {
	message := fmt.Sprintf(layout, arguments...)
	if t.warned[message] {
		return nil
	}
	t.warned[message] = true
	epoch := 0
	if t.state != nil {
		epoch = t.state.Epoch
	}
	return t.log(Event{Event: "warning", Epoch: epoch, Message: message})
}

// Close gives memory and files back.
func (t *Trainer) Close() error {
	if t.step != nil {
		t.step.Close()
		t.step, t.logits = nil, nil
	}
	if t.data != nil {
		t.data.Close()
		t.data = nil
	}
	return nil
}

// parameters returns the tensors of the network as downloaded last.
func (t *Trainer) parameters() []weights.Tensor {
	var r []weights.Tensor
	for _, w := range t.residents {
		if !isState(w.Name) {
			r = append(r, w)
		}
	}
	return r
}

func (t *Trainer) path(name string) string { return filepath.Join(t.job.Folder, name) }

// moment returns what the next update is told.
func (t *Trainer) moment() engine.Moment {
	return engine.Moment{Rate: t.state.rate(t.config), Step: t.state.Updates + 1, Seed: t.config.Seed + uint64(t.state.Updates), Epoch: t.state.Epoch}
}

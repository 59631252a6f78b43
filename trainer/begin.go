package trainer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/weights"
)

// begin restores the newest checkpoint of the same settings, or makes first weights.
func (t *Trainer) begin(ctx context.Context) error {
	settings, description := t.settings()
	saved, findings := newestCheckpoint(t.job.Folder)
	for _, f := range findings {
		if err := t.warn("%v", f); err != nil {
			return err
		}
	}
	switch {
	case saved != nil && saved.state.Settings == settings:
		return t.resume(saved)
	case t.config.ResumeOnly && saved != nil:
		return fault.Input(fmt.Errorf("training: the checkpoint in %s was made with other settings; give the same ones, or leave --resume out to begin anew", t.job.Folder))
	case t.config.ResumeOnly:
		return fault.Input(fmt.Errorf("training: %s holds no checkpoint to resume from", t.job.Folder))
	case saved != nil:
		if err := t.warn("the checkpoint was made with other settings and is overwritten"); err != nil {
			return err
		}
	}
	return t.start(ctx, settings, description)
}

// settings identifies everything that decides the final weights.
func (t *Trainer) settings() (hash string, description any) {
	c := *t.config
	c.Workers, c.CheckpointEvery, c.Deadline, c.Reserve, c.ResumeOnly = 0, 0, time.Time{}, 0, false
	initial := sha256.New()
	for _, w := range t.job.Initial {
		fmt.Fprintln(initial, w.Name, w.Shape, w.Data)
	}
	d := map[string]any{
		"config": c, "configuration": t.job.Configuration, "labels": t.job.Labelling.Declared(), "split": t.job.Split,
		"bounded": !t.config.Deadline.IsZero(), "initial": hex.EncodeToString(initial.Sum(nil)),
	}
	text, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("BUG: trainer: settings: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), c
}

// start makes first weights and decides the length of the training. Results of an earlier training with
// other settings go, so that nothing of it is taken for this one's.
func (t *Trainer) start(ctx context.Context, settings string, description any) error {
	for _, name := range []string{"weights.safetensors", "best.safetensors", "progress.png", "validation", "watch"} {
		if err := os.RemoveAll(t.path(name)); err != nil {
			return fmt.Errorf("training: %w", err)
		}
	}
	report, err := t.initialise()
	if err != nil {
		return err
	}
	t.state = newState(settings, t.whole(), t.scoring.scores(), len(t.job.classes()))
	if err := t.log(Event{Event: "start", Settings: description, Message: report}); err != nil {
		return err
	}
	switch {
	case t.config.Replay != nil:
		t.state.Resolved = t.config.Replay
	case !t.config.Deadline.IsZero():
		if err := t.measure(ctx); err != nil {
			return err
		}
		if _, err := t.initialise(); err != nil { // forget the steps that were measured
			return err
		}
	}
	segment := t.state.Resolved[0]
	if err := t.log(Event{Event: "schedule", Segment: &segment}); err != nil {
		return err
	}
	if err := t.warnOfData(); err != nil {
		return err
	}
	t.openLoaders()
	if err := t.remember(); err != nil {
		return err
	}
	return t.save()
}

// whole is the schedule as configured.
func (t *Trainer) whole() Resolved {
	c := t.config
	return Resolved{{Epochs: c.Epochs, Iterations: c.Iterations, ValidationIterations: c.ValidationIterations}}
}

// initialise gives every resident its first value.
func (t *Trainer) initialise() (string, error) {
	values := t.first(t.config.Seed)
	report := ""
	if t.job.Initial != nil {
		report = Fit(values, t.step.Residents(), t.job.Initial).String()
	}
	for _, r := range t.residents {
		first := values[r.Name]
		if first == nil { // the optimiser's states begin with zero
			first = make([]float32, len(r.Data))
		}
		if err := t.step.Set(r.Name, first); err != nil {
			return "", fmt.Errorf("first weights: %w", err)
		}
	}
	return report, nil
}

// resume goes on from a checkpoint.
func (t *Trainer) resume(saved *checkpoint) error {
	t.state, t.sequence = saved.state, saved.sequence
	for _, r := range t.residents {
		found, ok := weights.Find(saved.residents, r.Name)
		if !ok {
			return fmt.Errorf("resume %s: the checkpoint lacks %s", t.job.Folder, r.Name)
		}
		if err := t.step.Set(r.Name, found.Data); err != nil {
			return fmt.Errorf("resume %s: %w", t.job.Folder, err)
		}
	}
	t.lastCheckpoint = time.Now()
	if t.complete() {
		return nil
	}
	t.broken = t.state.Iteration > 0 || t.state.Phase == Validating
	if err := t.log(Event{Event: "resume", Epoch: t.state.Epoch, Iteration: t.state.Iteration, Message: string(t.state.Phase)}); err != nil {
		return err
	}
	t.openLoaders()
	return t.remember()
}

package trainer

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
)

// lowered is what the rate is multiplied by when the watchdog goes back.
const lowered = 0.3

// diverged handles a loss that is not finite: once, the training goes back to the start of the epoch
// with a lower rate; the second time it ends, and what it had come to is left in the folder "diverged".
func (t *Trainer) diverged(loss float64, b *Batch) error {
	message := fmt.Sprintf("the loss became %g in epoch %d, iteration %d (cases %s)", loss, b.Epoch, b.Iteration, strings.Join(b.Cases, ", "))
	if t.state.RolledBack {
		err := t.download()
		if err == nil {
			dump := checkpoint{state: t.state, residents: t.residents}
			err = dump.write(filepath.Join(t.job.Folder, "diverged"), func(string) {})
		}
		return errors.Join(fmt.Errorf("training of fold %s: %s, for the second time; the state is in %s. Check these cases, or train with a lower rate", t.config.Fold, message, t.path("diverged")), err)
	}
	for _, r := range t.residents {
		if err := t.step.Set(r.Name, r.Data); err != nil {
			return err
		}
	}
	t.state = t.good.clone()
	t.state.RolledBack = true
	t.state.RateFactor *= lowered
	t.good = t.state.clone()
	if err := t.log(Event{Event: "rollback", Epoch: b.Epoch, Iteration: b.Iteration, Cases: b.Cases, Rate: t.state.rate(t.config),
		Message: message + "; back to the start of the epoch with a lower rate"}); err != nil {
		return err
	}
	return errRestart
}

// errRestart asks the loop to start the epoch again.
var errRestart = errors.New("start the epoch again")

// clone returns a state that shares nothing that changes.
func (s *State) clone() *State {
	c := *s
	c.Tally = Tally{slices.Clone(s.Tally.TP), slices.Clone(s.Tally.FP), slices.Clone(s.Tally.FN)}
	c.Seen, c.History, c.Resolved = slices.Clone(s.Seen), slices.Clone(s.History), slices.Clone(s.Resolved)
	return &c
}

// warnOfData says what about the fold will limit the training.
func (t *Trainer) warnOfData() error {
	if t.job.Configuration.BatchSize == 1 && t.config.Oversample > 0 {
		if err := t.warn("a batch of one patch: none is forced to contain foreground"); err != nil {
			return err
		}
	}
	for i, class := range t.job.classes() {
		found := false
		for _, c := range t.data.training.Cases {
			for _, l := range c.Locations() {
				found = found || slices.Equal(l.Labels, class) && len(l.Voxels) > 0
			}
		}
		if !found {
			if err := t.warn("%s is in no training case of this fold: it cannot be learnt", t.className(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// warnOfEpoch says what went wrong in an epoch.
func (t *Trainer) warnOfEpoch(e Epoch, segment Segment) error {
	s := t.state
	for i, n := range s.Seen {
		if n == 0 {
			if err := t.warn("%s was in no batch of an epoch", t.className(i)); err != nil {
				return err
			}
		}
	}
	if e.Time > 0 && float64(e.Waited) > 0.1*float64(e.Time) {
		if err := t.warn("the network waits for the data: use more --threads, or a faster disk"); err != nil {
			return err
		}
	}
	late := 4*s.Epoch >= segment.Epochs
	mean := float64(e.MeanDice)
	if segment.ValidationIterations > 0 && late && (math.IsNaN(mean) || mean < 0.01) {
		return t.warn("nothing of the validation cases is found")
	}
	if s.EMA.Any && float64(s.Best) > 0.2 && s.EMA.Value < 0.5*float64(s.Best) {
		return t.warn("the validation has collapsed: its average Dice fell to less than half of the best")
	}
	return nil
}

// className words class i.
func (t *Trainer) className(i int) string {
	class := t.job.classes()[i]
	if t.job.Labelling.HasRegions() {
		return fmt.Sprintf("region %q", t.job.Labelling.Regions()[i].Name)
	}
	return fmt.Sprintf("label %d (%s)", class[0], t.job.Labelling.Name(class[0]))
}

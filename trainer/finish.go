package trainer

import (
	"context"
	"fmt"
	"os"

	"github.com/autoseg/autoseg/model"
)

// finish writes the final weights, marks the training as finished and has the weights validated.
func (t *Trainer) finish(ctx context.Context) error {
	t.closeLoaders()
	if err := t.download(); err != nil {
		return err
	}
	if err := t.writeWeights("weights.safetensors", t.state.Epoch); err != nil {
		return err
	}
	if t.state.BestEpoch < 0 { // without validation the last weights are the best there are
		if err := t.writeWeights("best.safetensors", t.state.Epoch); err != nil {
			return err
		}
	}
	t.job.announce("finish: weights written")
	if err := t.plot(true); err != nil {
		return err
	}
	if err := t.save(); err != nil {
		return err
	}
	if t.job.Validate != nil {
		if err := t.log(Event{Event: "validation", Epoch: t.state.Epoch}); err != nil {
			return err
		}
		t.Close() // prediction wants the memory that training had
		if err := t.job.Validate(ctx, t.parameters()); err != nil {
			return fmt.Errorf("validation of fold %s: %w", t.config.Fold, err)
		}
	}
	t.state.Validated = true
	if err := t.save(); err != nil {
		return err
	}
	return t.log(Event{Event: "finish", Epoch: t.state.Epoch})
}

// complete reports whether nothing is left to do.
func (t *Trainer) complete() bool {
	_, err := os.Stat(t.path("weights.safetensors"))
	return t.state.Phase == Finished && t.state.Validated && err == nil
}

// writeWeights writes the parameters as downloaded last, for prediction.
func (t *Trainer) writeWeights(name string, epoch int) error {
	axes := t.config.Mirror
	if axes == nil {
		for i := range t.job.Configuration.PatchSize {
			axes = append(axes, i)
		}
	}
	return model.Write(t.path(name), t.parameters(), model.Metadata{
		Configuration: t.job.Configuration.Name, Fold: t.config.Fold, Epoch: epoch, MirrorAxes: axes,
	})
}

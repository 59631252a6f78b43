package weights

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// Checkpoint is what a trained nnU-Net model file says (nnunet-model.md 2.2).
type Checkpoint struct {
	// Weights holds every tensor once, under its canonical name, in the order of the file; the aliases
	// that PyTorch stores beside it (all_modules, decoder.encoder) are left out.
	Weights []Tensor
	// Momentum holds the optimiser's velocity by the position of the parameter among Weights. It is nil
	// when the file has none; a parameter that was never updated is absent.
	Momentum map[int]Tensor
	// Trainer and Configuration name what made the model; Fold is 0, 1, ... or "all", as text.
	Trainer, Configuration, Fold string
	// Epoch is the number of completed epochs.
	Epoch int
	// MirrorAxes are the spatial axes that prediction may mirror; nil means none.
	MirrorAxes []int
}

// ReadNNUNet reads a checkpoint_*.pth of nnU-Net v2 without executing anything in it. A file that is
// not such a checkpoint, or asks for more than tensors and plain values, is an error.
func ReadNNUNet(path string) (*Checkpoint, error) {
	v, err := readTorch(path)
	if err != nil {
		return nil, err
	}
	c, err := newCheckpoint(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func newCheckpoint(v any) (*Checkpoint, error) {
	top, ok := v.(*dict)
	if !ok {
		return nil, fmt.Errorf("the checkpoint is no dictionary")
	}
	state, ok := top.get("network_weights").(*dict)
	if !ok {
		return nil, fmt.Errorf("the checkpoint has no network_weights, so it is not one of nnU-Net v2")
	}
	c := &Checkpoint{}
	c.Trainer, _ = top.get("trainer_name").(string)
	c.Epoch, _ = top.get("current_epoch").(int)
	if axes, ok := integers(top.get("inference_allowed_mirroring_axes")); ok {
		c.MirrorAxes = axes
	}
	if arguments, ok := top.get("init_args").(*dict); ok {
		c.Configuration, _ = arguments.get("configuration").(string)
		switch fold := arguments.get("fold").(type) {
		case int, string:
			c.Fold = fmt.Sprint(fold)
		}
	}
	if err := c.readWeights(state); err != nil {
		return nil, err
	}
	return c, c.readMomentum(top)
}

func (c *Checkpoint) readWeights(state *dict) error {
	seen := map[string]bool{}
	for i, key := range state.keys {
		name, ok := key.(string)
		v, isTensor := state.values[i].(view)
		if !ok || !isTensor {
			return fmt.Errorf("network_weights holds something that is no named tensor: %s", describe(key))
		}
		name = strings.TrimPrefix(strings.TrimPrefix(name, "module."), "_orig_mod.")
		if strings.Contains(name, ".all_modules.") || strings.HasPrefix(name, "decoder.encoder.") || strings.HasSuffix(name, ".num_batches_tracked") {
			continue
		}
		if seen[name] {
			return fmt.Errorf("network_weights holds %s twice", describe(name))
		}
		seen[name] = true
		t, err := v.tensor(name)
		if err != nil {
			return err
		}
		c.Weights = append(c.Weights, t)
	}
	return nil
}

func (c *Checkpoint) readMomentum(top *dict) error {
	optimiser, ok := top.get("optimizer_state").(*dict)
	if !ok {
		return nil
	}
	states, ok := optimiser.get("state").(*dict)
	if !ok {
		return nil
	}
	c.Momentum = map[int]Tensor{}
	for i, key := range states.keys {
		position, ok := key.(int)
		entry, isDict := states.values[i].(*dict)
		if !ok || !isDict || position < 0 || position >= len(c.Weights) {
			return fmt.Errorf("optimizer_state holds an entry %s that belongs to no parameter", describe(key))
		}
		buffer, ok := entry.get("momentum_buffer").(view)
		if !ok {
			continue
		}
		t, err := buffer.tensor(c.Weights[position].Name)
		if err != nil {
			return err
		}
		c.Momentum[position] = t
	}
	return nil
}

func float64FromBytes(b []byte) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

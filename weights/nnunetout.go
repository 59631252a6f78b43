package weights

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
)

// Export is what a checkpoint for nnU-Net v2 is made from.
type Export struct {
	// Weights are the tensors under their canonical names in nnU-Net's order: encoder, decoder stages,
	// transposed convolutions, heads.
	Weights []Tensor
	// Configuration and Fold ("0" ... or "all") name what was trained; Epoch counts finished epochs.
	Configuration, Fold string
	Epoch               int
	// MirrorAxes are the spatial axes that prediction may mirror; nil means none.
	MirrorAxes []int
	// Plans and Dataset are the texts of plans.json and dataset.json.
	Plans, Dataset []byte
	// Dropout says that units have a dropout between convolution and norm, which counts as a module.
	Dropout bool
}

// WriteNNUNet writes a checkpoint that nnU-Net v2 loads: every tensor under its canonical name and under
// the aliases that PyTorch's modules give it, all of which share one storage (nnunet-model.md 1.7, 2.2). It
// holds no momentum, so it is for prediction and for fine-tuning.
func WriteNNUNet(path string, e Export) error {
	s := &stateDict{dropout: e.Dropout}
	s.fill(e.Weights)
	top, err := e.checkpoint(ordered(s.entries))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	root := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return atomicfile.Write(path, func(w io.Writer) error { return writeTorch(w, root, top, s.storages) })
}

// stateDict collects the entries of network_weights and their storages.
type stateDict struct {
	dropout  bool
	entries  mapping
	storages [][]byte
}

// add puts a tensor behind the others, in a storage of its own, and returns it for aliases.
func (s *stateDict) add(t Tensor) stored {
	r := stored{"FloatStorage", len(s.storages), t.Shape}
	s.storages = append(s.storages, littleEndian(t.Data))
	s.entries = append(s.entries, pair{t.Name, r})
	return r
}

// fill adds all tensors, the aliases of every unit behind it, and the whole encoder once more as the
// decoder's.
func (s *stateDict) fill(tensors []Tensor) {
	encoder := 0
	for i := 0; i < len(tensors); {
		if encoder == 0 && !strings.HasPrefix(tensors[i].Name, "encoder.") {
			encoder = len(s.entries)
			s.repeat(encoder)
		}
		unit, _, inUnit := module(tensors[i].Name)
		n := 1
		for inUnit && i+n < len(tensors) {
			if other, _, ok := module(tensors[i+n].Name); !ok || other != unit {
				break
			}
			n++
		}
		s.unit(tensors[i:i+n], inUnit)
		i += n
	}
}

// repeat adds the first n entries again under decoder.encoder.
func (s *stateDict) repeat(n int) {
	for _, e := range s.entries[:n:n] {
		s.entries = append(s.entries, pair{"decoder." + e.key, e.value})
	}
}

// module splits the name of a unit's tensor, UNIT.conv.weight, into the unit and the rest. Transposed
// convolutions and heads are in no unit.
func module(name string) (unit, rest string, ok bool) {
	for _, part := range []string{".conv.", ".norm.", ".nonlin."} {
		if i := strings.LastIndex(name, part); i >= 0 {
			return name[:i], name[i+1:], true
		}
	}
	return "", name, false
}

// unit adds the tensors of a unit and, when it is one, their aliases UNIT.all_modules.INDEX.
func (s *stateDict) unit(tensors []Tensor, isUnit bool) {
	first := len(s.entries)
	for _, t := range tensors {
		s.add(t)
		if strings.HasSuffix(t.Name, ".running_var") {
			// PyTorch counts the batches; the number matters only where the momentum is not fixed.
			s.storages = append(s.storages, make([]byte, 8))
			s.entries = append(s.entries, pair{strings.TrimSuffix(t.Name, "running_var") + "num_batches_tracked",
				stored{"LongStorage", len(s.storages) - 1, nil}})
		}
	}
	if !isUnit {
		return
	}
	for _, e := range s.entries[first:len(s.entries):len(s.entries)] {
		name, rest, _ := module(e.key)
		part, array, _ := strings.Cut(rest, ".")
		s.entries = append(s.entries, pair{name + ".all_modules." + strconv.Itoa(s.index(name, part)) + "." + array, e.value})
	}
}

// index is the place of a part among the modules of its unit: convolution, dropout where there is one,
// norm, activation. Of a residual block only the first convolution has a dropout (nnunet-model.md 1.4).
func (s *stateDict) index(unit, part string) int {
	i := map[string]int{"conv": 0, "norm": 1, "nonlin": 2}[part]
	if i > 0 && s.dropout && !strings.HasSuffix(unit, ".conv2") && !strings.Contains(unit, ".skip.") {
		i++
	}
	return i
}

// checkpoint is the dictionary that nnUNetTrainer.save_checkpoint writes.
func (e Export) checkpoint(state ordered) (mapping, error) {
	plans, err := fromJSON(e.Plans)
	if err != nil {
		return nil, fmt.Errorf("plans: %w", err)
	}
	description, err := fromJSON(e.Dataset)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	var fold any = e.Fold
	if n, err := strconv.Atoi(e.Fold); err == nil {
		fold = n
	}
	var axes any
	if e.MirrorAxes != nil {
		tuple := row{}
		for _, a := range e.MirrorAxes {
			tuple = append(tuple, a)
		}
		axes = tuple
	}
	logging := mapping{}
	for _, key := range []string{"mean_fg_dice", "ema_fg_dice", "dice_per_class_or_region", "train_losses", "val_losses", "lrs", "epoch_start_timestamps", "epoch_end_timestamps"} {
		logging = append(logging, pair{key, list{}})
	}
	return mapping{
		{"network_weights", state},
		{"optimizer_state", e.optimiser()},
		{"grad_scaler_state", nil},
		{"logging", logging},
		{"_best_ema", nil},
		{"current_epoch", e.Epoch},
		{"init_args", mapping{{"plans", plans}, {"configuration", e.Configuration}, {"fold", fold}, {"dataset_json", description},
			{"device", called{"torch.device", row{"cpu"}}}}},
		{"trainer_name", "nnUNetTrainer"},
		{"inference_allowed_mirroring_axes", axes},
	}, nil
}

// optimiser is the state of a fresh SGD with nnU-Net's settings. It numbers what it changes.
func (e Export) optimiser() mapping {
	numbers := list{}
	for _, t := range e.Weights {
		if !strings.Contains(t.Name, ".running_") {
			numbers = append(numbers, len(numbers))
		}
	}
	group := mapping{{"lr", 0.01}, {"momentum", 0.99}, {"dampening", 0}, {"weight_decay", 3e-5}, {"nesterov", true},
		{"maximize", false}, {"foreach", nil}, {"differentiable", false}, {"initial_lr", 0.01}, {"params", numbers}}
	return mapping{{"state", mapping{}}, {"param_groups", list{group}}}
}

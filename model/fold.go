package model

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/weights"
)

// Fold is one trained network of a model.
type Fold struct {
	// Configuration names the configuration of the plans that the network is of.
	Configuration string
	// MirrorAxes are the spatial axes that prediction may mirror.
	MirrorAxes []int
	// Tensors are the weights in the order of the file.
	Tensors []weights.Tensor
	// Epoch counts the finished epochs of training.
	Epoch int
}

// Metadata is what a weights file of ours says about itself, beside the tensors.
type Metadata struct {
	Configuration string
	Fold          string
	Epoch         int
	MirrorAxes    []int
}

// Keys of the metadata in a safetensors file.
const (
	keyConfiguration = "configuration"
	keyFold          = "fold"
	keyEpoch         = "epoch"
	keyMirrorAxes    = "mirror_axes"
)

// Write writes a network's weights so that Open and Weights find them.
func Write(path string, tensors []weights.Tensor, m Metadata) error {
	axes := make([]string, len(m.MirrorAxes))
	for i, a := range m.MirrorAxes {
		axes[i] = strconv.Itoa(a)
	}
	return weights.WriteSafetensors(path, tensors, map[string]string{
		keyConfiguration: m.Configuration, keyFold: m.Fold, keyEpoch: strconv.Itoa(m.Epoch), keyMirrorAxes: strings.Join(axes, ","),
	})
}

// Weights reads the weights of a fold.
func (f *Folder) Weights(fold string) (*Fold, error) {
	path := f.files[fold]
	if path == "" {
		return nil, fault.Input(fmt.Errorf("%s has no trained fold %s", f.Dir, fold))
	}
	if filepath.Ext(path) == ".pth" {
		c, err := weights.ReadNNUNet(path)
		if err != nil {
			return nil, fault.Input(err)
		}
		return &Fold{c.Configuration, c.MirrorAxes, c.Weights, c.Epoch}, nil
	}
	tensors, metadata, err := weights.ReadSafetensors(path)
	if err != nil {
		return nil, fault.Input(err)
	}
	axes, err := parseAxes(metadata[keyMirrorAxes])
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s: %w", path, err))
	}
	epoch, err := strconv.Atoi(cmp.Or(metadata[keyEpoch], "0"))
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s: epoch %q is no number", path, metadata[keyEpoch]))
	}
	return &Fold{metadata[keyConfiguration], axes, tensors, epoch}, nil
}

func parseAxes(text string) ([]int, error) {
	if text == "" {
		return nil, nil
	}
	var r []int
	for _, field := range strings.Split(text, ",") {
		a, err := strconv.Atoi(field)
		if err != nil || a < 0 || a > 2 {
			return nil, fmt.Errorf("mirror axes %q are not a list of axis numbers 0 to 2", text)
		}
		r = append(r, a)
	}
	return r, nil
}

package trainer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/inspect"
	"github.com/autoseg/autoseg/internal/npy"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/volume"
)

// Watch asks for a look inside the network while it is trained: after some epochs, what its attention gates,
// its decoder and its outputs make of one case is written to watch/epoch_NNN in the fold's folder, every layer
// as an array, TAP.npy, (channel, [z,] y, x), and as a picture of its middle slice, TAP.png. What is shown is
// one patch, not augmented, around the middle of the case's foreground. It changes nothing about the training.
type Watch struct {
	// Case is the identifier of a case of the fold, trained on or not.
	Case string
	// Epochs are the numbers of epochs after which to look, counted from 1.
	Epochs []int
}

// Check reports what makes no sense for a fold.
func (w *Watch) Check(fold dataset.Fold) error {
	if w.Case == "" && len(w.Epochs) == 0 {
		return nil
	}
	if w.Case == "" || len(w.Epochs) == 0 {
		return fmt.Errorf("watch: a case and epochs are needed, got case %q and epochs %v", w.Case, w.Epochs)
	}
	if !slices.Contains(fold.Train, w.Case) && !slices.Contains(fold.Validation, w.Case) {
		return fmt.Errorf("watch: case %q is no training case of this dataset", w.Case)
	}
	for _, e := range w.Epochs {
		if e < 1 {
			return fmt.Errorf("watch: epoch %d, want numbers from 1", e)
		}
	}
	return nil
}

// watch looks inside the network after an epoch, if that was asked for, with the weights as downloaded last.
func (t *Trainer) watch(ctx context.Context) error {
	w, epoch := t.job.Watch, t.state.Epoch+1
	if w.Case == "" || !slices.Contains(w.Epochs, epoch) {
		return nil
	}
	c := t.job.Configuration
	n := &inspect.Network{Architecture: c.Architecture, Classes: t.job.Labelling.Heads(), Weights: t.parameters(), Executor: t.job.Executor}
	channels := t.data.training.Pipeline.Channels()
	shape := append(engine.Shape{1, channels}, c.PatchSize...)
	taps, err := watchedLayers(n, shape)
	if err != nil {
		return err
	}
	input, slice := t.watched()
	arrays, err := n.Outputs(ctx, shape, input, taps)
	if err != nil {
		return fmt.Errorf("watch %s: %w", w.Case, err)
	}
	folder := t.path(filepath.Join("watch", fmt.Sprintf("epoch_%03d", epoch)))
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	outputs := len(arrays) - len(taps)
	for i, a := range arrays {
		name := fmt.Sprintf("output_%d", i)
		if i >= outputs {
			name = taps[i-outputs]
		}
		if err := npy.Write(filepath.Join(folder, name+".npy"), a.Shape[1:], a.F32); err != nil {
			return err
		}
		scores := i < outputs || scoreLayer.MatchString(name)
		if err := writePicture(filepath.Join(folder, name+".png"), t.sight(a, scores)); err != nil {
			return err
		}
	}
	return t.log(Event{Event: "watch", Epoch: t.state.Epoch, Cases: []string{w.Case}, Slice: &slice})
}

// The layers that are looked at: attention coefficients, side scores, and the activations of DeconvNet's
// decoder, of which each stage shows the last.
var (
	gateLayer    = regexp.MustCompile(`^gate\d+$`)
	scoreLayer   = regexp.MustCompile(`^dsv\.\d+$`)
	decoderLayer = regexp.MustCompile(`^dec_act\.(\d+)\.\d+$`)
)

// watchedLayers returns the names of the layers of a network that are worth a look, in its order.
func watchedLayers(n *inspect.Network, shape engine.Shape) ([]string, error) {
	g := engine.NewGraph(engine.Float32)
	m, err := network.Build(g, n.Architecture, g.Input("input", shape), n.Classes)
	if err != nil {
		return nil, err
	}
	var taps []string
	stage := ""
	for _, l := range m.Layers {
		switch match := decoderLayer.FindStringSubmatch(l.Name); {
		case gateLayer.MatchString(l.Name), scoreLayer.MatchString(l.Name):
			taps = append(taps, l.Name)
		case match != nil && match[1] == stage:
			taps[len(taps)-1] = l.Name
		case match != nil:
			stage = match[1]
			taps = append(taps, l.Name)
		}
	}
	return taps, nil
}

// watched returns the network's input for the watched case, (channel, z, y, x), and which slice of the
// preprocessed case is in its middle.
func (t *Trainer) watched() ([]float32, int) {
	s := t.data.validation
	i := slices.IndexFunc(s.Cases, func(c Case) bool { return c.ID() == t.job.Watch.Case })
	if i < 0 {
		s = t.data.training
		i = slices.IndexFunc(s.Cases, func(c Case) bool { return c.ID() == t.job.Watch.Case })
	}
	plain := t.data.validation.Pipeline // it draws nothing
	patch := plain.NewPatch()
	box := middleBox(s.Cases[i], plain.Enlarged())
	s.Cases[i].Patch(patch.Data, patch.Labels, box)
	if s.Previous != nil {
		cutLabels(patch.Previous, s.Previous[i], box)
	}
	plain.Apply(patch, nil)
	return patch.Data, box.Start[0] + plain.Enlarged()[0]/2
}

// middleBox is a box around the mean place of a case's foreground, or around its middle without any.
func middleBox(c Case, size [3]int) volume.Box {
	centre, n := [3]int{}, 0
	for _, l := range c.Locations() {
		if isAnnotated(&l) {
			continue
		}
		for _, v := range l.Voxels {
			for axis, x := range v {
				centre[axis] += int(x)
			}
			n++
		}
	}
	shape, box := c.Shape(), volume.Box{}
	for axis := range centre {
		if n > 0 {
			centre[axis] /= n
		} else {
			centre[axis] = shape[axis] / 2
		}
		box.Start[axis] = min(centre[axis]-size[axis]/2, shape[axis]-size[axis])
		if box.Start[axis] < 0 {
			box.Start[axis] = min(0, (shape[axis]-size[axis])/2)
		}
		box.End[axis] = box.Start[axis] + size[axis]
	}
	return box
}

package preprocess

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// LogitSource gives the network's output, one grid per head, in the preprocessed geometry.
type LogitSource interface {
	// Heads returns the number of grids.
	Heads() int
	// Head returns the grid of one head. It is asked for once and must stay valid until the
	// restoration has returned.
	Head(i int) volume.Grid[float32]
}

// Logits are the grids of all heads in one array, (head, z, y, x).
type Logits struct {
	Shape [3]int
	Data  []float32
}

// Heads returns the number of grids.
func (l Logits) Heads() int { return len(l.Data) / max(1, l.Shape[0]*l.Shape[1]*l.Shape[2]) }

// Head returns the grid of one head.
func (l Logits) Head(i int) volume.Grid[float32] {
	n := l.Shape[0] * l.Shape[1] * l.Shape[2]
	return volume.NewGrid(l.Shape, l.Data[i*n:(i+1)*n])
}

// RestoreOptions say how a result is brought back.
type RestoreOptions struct {
	// Precision is what resampled logits are rounded to: volume.Half where the logits are half
	// precision numbers, as nnU-Net's predictor keeps them.
	Precision volume.Precision
	// Workers is the number of goroutines; 0 means one. Results do not depend on it.
	Workers int
}

// RestoreLabels turns logits into label values in the geometry of the file (nnU-Net's
// inference/export_prediction.py): logits are resampled to the cropped array, decoded, pasted into the
// box and transposed back. Slices are done one by one, so that besides the result only one slice of
// every head is held per worker.
func (t *Trail) RestoreLabels(l *dataset.Labelling, logits LogitSource, o RestoreOptions) (*volume.Labels, error) {
	source, err := t.source(l, logits, o)
	if err != nil {
		return nil, err
	}
	result := volume.NewLabels(t.Geometry())
	target := result.Grid().Permute(t.Forward).Crop(t.box())
	source.each(o.Workers, func(z int, heads [][]float32, labels []uint16) {
		l.Decode(labels, heads)
		paste(target, z, labels)
	})
	return result, nil
}

// RestoreProbabilities turns logits into probabilities in the geometry of the file, one channel per
// head: softmax, or sigmoid where the dataset has regions. Outside of the box the background has
// probability 1, and regions have 0.
func (t *Trail) RestoreProbabilities(l *dataset.Labelling, logits LogitSource, o RestoreOptions) (*volume.Image, error) {
	source, err := t.source(l, logits, o)
	if err != nil {
		return nil, err
	}
	result := volume.NewImage(t.Geometry(), logits.Heads())
	squash := sigmoid
	if !l.HasRegions() {
		squash = softmax
		for i := range result.Voxels() {
			result.Data[i] = 1
		}
	}
	var targets []volume.Grid[float32]
	for i := range logits.Heads() {
		targets = append(targets, result.Channel(i).Permute(t.Forward).Crop(t.box()))
	}
	source.each(o.Workers, func(z int, heads [][]float32, _ []uint16) {
		squash(heads)
		for i, values := range heads {
			paste(targets[i], z, values)
		}
	})
	return result, nil
}

// paste writes one slice in C order into slice z of a grid.
func paste[T any](g volume.Grid[T], z int, slice []T) {
	box := volume.Box{Start: [3]int{z, 0, 0}, End: [3]int{z + 1, g.Shape[1], g.Shape[2]}}
	volume.CopyGrid(g.Crop(box), volume.NewGrid(box.Shape(), slice))
}

// softmax replaces logits by probabilities, voxel by voxel.
func softmax(heads [][]float32) {
	for i := range heads[0] {
		largest := heads[0][i]
		for _, h := range heads {
			largest = max(largest, h[i])
		}
		sum := 0.0
		for _, h := range heads {
			e := math.Exp(float64(h[i] - largest))
			h[i] = float32(e)
			sum += e
		}
		for _, h := range heads {
			h[i] = float32(float64(h[i]) / sum)
		}
	}
}

// sigmoid replaces logits by probabilities, head by head.
func sigmoid(heads [][]float32) {
	for _, h := range heads {
		for i, v := range h {
			h[i] = float32(1 / (1 + math.Exp(-float64(v))))
		}
	}
}

// source checks the logits and prepares their resampling to the cropped array.
func (t *Trail) source(l *dataset.Labelling, logits LogitSource, o RestoreOptions) (*sliceSource, error) {
	s, err := t.sourceTo(l, logits, t.Cropped, t.CropSpacing(), o)
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	return s, nil
}

// sourceTo checks the logits and prepares their resampling to a shape of another spacing.
func (t *Trail) sourceTo(l *dataset.Labelling, logits LogitSource, shape [3]int, spacing [3]float64, o RestoreOptions) (*sliceSource, error) {
	if logits.Heads() != l.Heads() {
		return nil, fmt.Errorf("%d heads of logits, the labels of the dataset need %d", logits.Heads(), l.Heads())
	}
	m := method{t.Probabilities}
	if err := m.validate(); err != nil {
		return nil, fmt.Errorf("resampling of probabilities: %w", err)
	}
	s := &sliceSource{shape: shape, method: m.between(t.Spacing, spacing)}
	s.method.Precision = o.Precision
	for i := range logits.Heads() {
		head := logits.Head(i)
		if head.Shape != t.Resampled {
			return nil, fmt.Errorf("logits of shape %v, the preprocessed case has %v", head.Shape, t.Resampled)
		}
		if m.keepsShape() && head.Shape != shape {
			return nil, fmt.Errorf("the plan does not resample, but logits of shape %v must become %v", head.Shape, shape)
		}
		s.heads = append(s.heads, head)
	}
	if !s.method.Sliceable() {
		s.resampleWhole(o.Workers)
	}
	return s, nil
}

// sliceSource gives slices of resampled logits.
type sliceSource struct {
	heads  []volume.Grid[float32]
	shape  [3]int
	method volume.Resampling
}

// resampleWhole resamples every head at once, which a plan with order 3 needs.
func (s *sliceSource) resampleWhole(workers int) {
	whole := s.method
	whole.Workers = workers
	for i, head := range s.heads {
		s.heads[i] = volume.NewGrid(s.shape, make([]float32, s.shape[0]*s.shape[1]*s.shape[2]))
		volume.Resample(s.heads[i], head, whole)
	}
	s.method = volume.Resampling{Order: volume.Linear}
}

// each calls use with one slice of all heads after the other, several at a time; heads and labels are
// scratch memory of the call.
func (s *sliceSource) each(workers int, use func(z int, heads [][]float32, labels []uint16)) {
	type memory struct {
		resampling volume.SliceScratch
		heads      [][]float32
		labels     []uint16
	}
	scratch := make([]memory, max(1, workers))
	plane := s.shape[1] * s.shape[2]
	parallel.For(workers, s.shape[0], func(worker, z int) {
		m := &scratch[worker]
		if m.heads == nil {
			m.labels = make([]uint16, plane)
			for range s.heads {
				m.heads = append(m.heads, make([]float32, plane))
			}
		}
		for i, head := range s.heads {
			slice := volume.NewGrid([3]int{1, s.shape[1], s.shape[2]}, m.heads[i])
			volume.ResampleSlice(slice, head, s.shape, z, s.method, &m.resampling)
		}
		use(z, m.heads, m.labels)
	})
}

package preprocess

import (
	"fmt"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// SliceSource gives single slices of logits in the preprocessed geometry. It is asked from several
// goroutines.
type SliceSource interface {
	// Slice writes slice z of a head to dst in C order.
	Slice(dst []float32, head, z int)
}

// LabelStream is RestoreLabels for logits that become final slice by slice: Advance decodes whatever
// can be decoded by then, class by class with a running arg-max, and says which slices may be
// forgotten. The labels equal those of RestoreLabels.
type LabelStream struct {
	labels  *volume.Labels
	target  volume.Grid[uint16]
	from    [3]int
	heads   int
	method  volume.Resampling
	needed  [][2]int // per slice of the result: the range of source slices
	next    int      // slices of the result below are done
	workers int
	scratch []streamScratch
}

// streamScratch is the memory of one goroutine.
type streamScratch struct {
	resampling volume.SliceScratch
	decoder    *dataset.Decoder
	source     []float32 // at most two slices of one head
	head       []float32
	labels     []uint16
}

// Streamable reports whether LabelStream can bring logits back; resampling with order 3 needs whole
// volumes.
func (t *Trail) Streamable() bool {
	return method{t.Probabilities}.between(t.Spacing, t.CropSpacing()).Sliceable()
}

// LabelStream begins to restore labels. It fails where Streamable is false.
func (t *Trail) LabelStream(l *dataset.Labelling, o RestoreOptions) (*LabelStream, error) {
	m := method{t.Probabilities}
	if err := m.validate(); err != nil {
		return nil, fmt.Errorf("restore: resampling of probabilities: %w", err)
	}
	if m.keepsShape() && t.Resampled != t.Cropped {
		return nil, fmt.Errorf("restore: the plan does not resample, but logits of shape %v must become %v", t.Resampled, t.Cropped)
	}
	s := &LabelStream{from: t.Resampled, heads: l.Heads(), method: m.between(t.Spacing, t.CropSpacing()), workers: max(1, o.Workers)}
	if !s.method.Sliceable() {
		return nil, fmt.Errorf("restore: resampling of order %d needs all logits at once", t.Probabilities.Order)
	}
	s.method.Precision = o.Precision
	s.needed = s.method.SourceSlices(t.Resampled, t.Cropped)
	s.labels = volume.NewLabels(t.Geometry())
	s.target = s.labels.Grid().Permute(t.Forward).Crop(t.box())
	s.scratch = make([]streamScratch, s.workers)
	for i := range s.scratch {
		s.scratch[i].decoder = l.Decoder()
	}
	return s, nil
}

// Advance decodes every slice of the result that depends on source slices below end only; source
// must have those from the last call's return value (at first 0) to end. It returns the first source
// slice that later calls need.
func (s *LabelStream) Advance(end int, source SliceSource) int {
	first := s.next
	for s.next < len(s.needed) && s.needed[s.next][1] <= end {
		s.next++
	}
	parallel.For(s.workers, s.next-first, func(worker, i int) {
		s.slice(&s.scratch[worker], first+i, source)
	})
	if s.next == len(s.needed) {
		return end
	}
	return min(end, s.needed[s.next][0])
}

// slice decodes one slice of the result.
func (s *LabelStream) slice(m *streamScratch, z int, source SliceSource) {
	plane, result := s.from[1]*s.from[2], [3]int{1, s.target.Shape[1], s.target.Shape[2]}
	if m.head == nil {
		m.source = make([]float32, 2*plane)
		m.head, m.labels = make([]float32, result[1]*result[2]), make([]uint16, result[1]*result[2])
	}
	first, end := s.needed[z][0], s.needed[z][1]
	few := m.source[:(end-first)*plane]
	slab := volume.Slab{Grid: volume.NewGrid([3]int{end - first, s.from[1], s.from[2]}, few), First: first, Slices: s.from[0]}
	for h := range s.heads {
		for i := first; i < end; i++ {
			source.Slice(few[(i-first)*plane:][:plane], h, i)
		}
		volume.ResampleSlab(volume.NewGrid(result, m.head), slab, s.target.Shape, z, s.method, &m.resampling)
		m.decoder.Head(m.labels, h, m.head)
	}
	paste(s.target, z, m.labels)
}

// Labels returns the segmentation, which is complete when Advance has got all slices.
func (s *LabelStream) Labels() *volume.Labels { return s.labels }

// Memory returns the bytes that the stream needs beside the labels.
func (s *LabelStream) Memory() int64 {
	plane, result := int64(s.from[1]*s.from[2]), int64(s.target.Shape[1]*s.target.Shape[2])
	return int64(s.workers) * (2*4*plane + (4+4+2)*result)
}

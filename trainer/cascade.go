package trainer

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/npy"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/volume"
)

// NextStage says for which configuration, and where to, the final validation of a cascade's first stage
// writes the segmentations that the second stage trains on. Every case is predicted by the fold that
// has not seen it, so all folds of the first stage write into one folder.
type NextStage struct {
	// Configuration is that of the second stage; Store holds its preprocessed cases.
	Configuration *plans.Configuration
	Store         *dataset.Store
	// Folder gets CASE.npy, int16, (z, y, x) in the shape of the preprocessed case.
	Folder string
}

// write brings the logits of a case to the shape of the next stage's preprocessed case and keeps their
// decision (nnunet-model.md 3.7).
func (n *NextStage) write(id string, r *predict.Result, labelling dataset.Labelling, workers int) error {
	stored, err := n.Store.Open(id)
	if err != nil {
		return fmt.Errorf("next stage %s: %w", n.Configuration.Name, err)
	}
	shape := stored.Shape()
	stored.Close()
	labels, err := r.Trail.NextStage(&labelling, r.Logits, n.Configuration, shape, preprocess.RestoreOptions{Precision: volume.Half, Workers: workers})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(n.Folder, 0o777); err != nil {
		return err
	}
	return writeSegmentation(previousPath(n.Folder, id), shape, labels)
}

func previousPath(folder, id string) string { return filepath.Join(folder, id+".npy") }

func writeSegmentation(path string, shape [3]int, labels []int16) error {
	content := npy.AppendHeader(nil, "<i2", shape[:])
	for _, l := range labels {
		content = binary.LittleEndian.AppendUint16(content, uint16(l))
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// PreviousStage returns the reader of what the first stage's folds have left in a folder: a
// Job.Previous.
func PreviousStage(folder string) func(id string) ([]int16, error) {
	return func(id string) ([]int16, error) {
		a, err := npy.Read(previousPath(folder, id))
		if err != nil {
			return nil, fmt.Errorf("case %s has no segmentation of the previous stage; train all folds of that first: %w", id, err)
		}
		labels := make([]int16, len(a.Data))
		for i, v := range a.Data {
			labels[i] = int16(v)
		}
		return labels, nil
	}
}

// withPrevious appends the one-hot channels of the previous stage to a sample.
func withPrevious(s *preprocess.Sample, previous []int16, foreground []int) error {
	voxels := s.Shape[0] * s.Shape[1] * s.Shape[2]
	if len(previous) != voxels {
		return fmt.Errorf("the previous stage's segmentation has %d voxels, the case has shape %v", len(previous), s.Shape)
	}
	data := make([]float32, (s.Channels+len(foreground))*voxels)
	copy(data, s.Data)
	preprocess.OneHot(data[s.Channels*voxels:], previous, foreground)
	s.Data, s.Channels = data, s.Channels+len(foreground)
	return nil
}

package preprocess

import (
	"errors"
	"fmt"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
)

// RunCascade preprocesses an image together with the segmentation that the previous stage of a cascade
// made of it, in the geometry of the file. The segmentation goes the way of labels, and the sample's
// data get one channel more per foreground label, 1 where the label is (nnU-Net's inference with
// previous stages). The sample's Labels hold the resampled segmentation.
func (p *Pipeline) RunCascade(image *volume.Image, previous *volume.Labels) (*Sample, error) {
	if previous == nil {
		return nil, errors.New("a cascade needs the segmentation of its previous stage; predict that first")
	}
	s, err := p.run(image, previous)
	if err != nil {
		return nil, err
	}
	foreground := p.labelling.Foreground()
	voxels := len(s.Labels)
	data := make([]float32, (s.Channels+len(foreground))*voxels)
	copy(data, s.Data)
	OneHot(data[s.Channels*voxels:], s.Labels, foreground)
	s.Data, s.Channels = data, s.Channels+len(foreground)
	return s, nil
}

// OneHot writes one channel per value to dst: 1 where the labels have it, else 0. It panics when dst is
// too short.
func OneHot(dst []float32, labels []int16, values []int) {
	for i, value := range values {
		channel := dst[i*len(labels) : (i+1)*len(labels)]
		for j, l := range labels {
			channel[j] = 0
			if int(l) == value {
				channel[j] = 1
			}
		}
	}
}

// NextStage turns the logits of one stage of a cascade into the segmentation that the training of
// the next stage gets: resampled to the shape of that stage's preprocessed case and decoded there,
// without the way through the file's geometry (nnU-Net's resample_and_save).
func (t *Trail) NextStage(l *dataset.Labelling, logits LogitSource, next *plans.Configuration, shape [3]int, o RestoreOptions) ([]int16, error) {
	target := targetSpacing(next.Spacing, t.CropSpacing())
	source, err := t.sourceTo(l, logits, shape, target, o)
	if err != nil {
		return nil, fmt.Errorf("next stage: %w", err)
	}
	result := make([]int16, shape[0]*shape[1]*shape[2])
	plane := shape[1] * shape[2]
	source.each(o.Workers, func(z int, heads [][]float32, labels []uint16) {
		l.Decode(labels, heads)
		for i, v := range labels {
			result[z*plane+i] = int16(v)
		}
	})
	return result, nil
}

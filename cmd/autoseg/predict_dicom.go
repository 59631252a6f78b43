package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/volume/dicom"
)

// writeSegmentations writes DICOM-SEG beside the segmentations of those cases that are DICOM series.
func writeSegmentations(ctx context.Context, b predict.Batch, written []predictedCase) error {
	fresh := map[string]bool{}
	for _, w := range written {
		fresh[w.Case] = true
	}
	var problems []error
	for _, c := range b.Cases {
		out := filepath.Join(b.Output, c.ID)
		if c.Series() == "" || !exists(out+b.Dataset.FileEnding) || !fresh[c.ID] && exists(out+".dcm") {
			continue
		}
		if err := writeSegmentation(ctx, b, c.ID, c.Series()); err != nil {
			problems = append(problems, fmt.Errorf("case %s: write DICOM-SEG: %w", c.ID, err))
		}
	}
	return errors.Join(problems...)
}

func writeSegmentation(ctx context.Context, b predict.Batch, id, series string) error {
	base := filepath.Join(b.Output, id)
	labels, err := dataset.Formats().ReadLabels(base + b.Dataset.FileEnding)
	if err != nil {
		return err
	}
	source, err := dicom.Only(ctx, series)
	if err != nil {
		return err
	}
	return dicom.WriteSegmentation(base+".dcm", labels, source, labelNames(b.Dataset.Labelling))
}

// labelNames returns the names of label values. The background has no segment.
func labelNames(l dataset.Labelling) map[uint16]string {
	names := map[uint16]string{}
	ignore, _ := l.Ignore()
	for _, region := range l.Declared() {
		if len(region.Labels) == 1 && region.Labels[0] > 0 && region.Labels[0] != ignore {
			names[uint16(region.Labels[0])] = region.Name
		}
	}
	return names
}

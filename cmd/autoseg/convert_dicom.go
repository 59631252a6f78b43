package main

import (
	"context"
	"fmt"

	"github.com/autoseg/autoseg/volume/dicom"
)

// readSeries reads a DICOM-SEG file as a segmentation and any other DICOM file or folder as an image, and tells what is odd about its slices.
func (f convertFlags) readSeries(a *app, path string) (v voxelData, err error) {
	if dicom.IsSegmentation(path) {
		if f.image {
			return v, fmt.Errorf("read %s: a DICOM-SEG file is a segmentation, not an image; leave out --image", path)
		}
		v.labels, err = dicom.ReadLabels(path)
		return v, err
	}
	series, err := dicom.Only(context.Background(), path)
	if err != nil {
		return v, err
	}
	for _, finding := range series.Findings {
		a.log.Warn("DICOM series", "finding", finding.String())
	}
	if f.labels {
		return v, fmt.Errorf("read %s: a DICOM series is an image, not a segmentation; leave out --labels", path)
	}
	if v.image, err = series.Image(context.Background()); err != nil {
		err = fmt.Errorf("read %s: %w", path, err)
	}
	return v, err
}

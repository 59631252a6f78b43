package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/volume/dicom"
)

// readSeries reads a DICOM-SEG or RTSTRUCT file as a segmentation and any other DICOM file or folder as an image,
// and tells what is odd about its slices.
func (f convertFlags) readSeries(ctx context.Context, a *app, path string) (v voxelData, err error) {
	masks, err := f.readMasks(ctx, path)
	if err != nil {
		return v, fmt.Errorf("read %s: %w", path, err)
	}
	if masks != nil {
		if f.image {
			return v, fmt.Errorf("read %s: it is a segmentation, not an image; leave out --image", path)
		}
		v.names = masks.Names
		if v.labels, err = masks.Labels(); err != nil {
			err = fmt.Errorf("read %s: %w with --segment", path, err)
		}
		return v, err
	}
	if f.labels || f.segment != "" {
		return v, fmt.Errorf("read %s: a DICOM series is an image, not a segmentation; leave out --labels and --segment", path)
	}
	series, err := dicom.Only(ctx, path)
	if err != nil {
		return v, err
	}
	for _, finding := range series.Findings {
		a.log.Warn("DICOM series", "finding", finding.String())
	}
	if v.image, err = series.Image(ctx); err != nil {
		err = fmt.Errorf("read %s: %w", path, err)
	}
	return v, err
}

// isDICOM reports whether a file that is to be written is a DICOM file.
func isDICOM(path string) bool { return strings.EqualFold(filepath.Ext(path), ".dcm") }

// writeSegmentation writes a segmentation as a DICOM-SEG file of the series at --reference.
func (f convertFlags) writeSegmentation(ctx context.Context, v voxelData, path string) error {
	if v.labels == nil {
		return fault.Input(fmt.Errorf("write %s: only segmentations are written as DICOM; if IN is one, say --labels", path))
	}
	series, err := dicom.Only(ctx, f.reference)
	if err != nil {
		return err
	}
	return dicom.WriteSegmentation(path, v.labels, series, v.names)
}

// readMasks reads the masks of a DICOM-SEG or RTSTRUCT file, nil for any other.
func (f convertFlags) readMasks(ctx context.Context, path string) (masks *dicom.Segmentation, err error) {
	switch {
	case dicom.IsSegmentation(path):
		masks, err = dicom.ReadSegmentation(path)
	case dicom.IsStructures(path):
		masks, err = f.fillStructures(ctx, path)
	}
	if err != nil || masks == nil || f.segment == "" {
		return masks, err
	}
	return masks.Only(f.segment)
}

// fillStructures fills contours on the series that they were drawn on, which lies beside them or at --reference.
func (f convertFlags) fillStructures(ctx context.Context, path string) (*dicom.Segmentation, error) {
	structures, err := dicom.ReadStructures(path)
	if err != nil {
		return nil, err
	}
	folder := f.reference
	if folder == "" {
		folder = filepath.Dir(path)
	}
	series, err := structures.Reference(ctx, folder)
	if err != nil {
		return nil, fmt.Errorf("%w; name their folder with --reference", err)
	}
	return structures.Masks(series)
}

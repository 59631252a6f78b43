package main

import (
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

// formats is the table of file formats by ending.
func formats() volume.Formats {
	n := volume.Format{ReadImage: nifti.ReadImage, ReadLabels: nifti.ReadLabels, WriteImage: nifti.WriteImage, WriteLabels: nifti.WriteLabels}
	return volume.Formats{".nii": n, ".nii.gz": n}
}

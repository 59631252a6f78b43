package dataset

import (
	"fmt"

	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

// Formats returns the table of file formats that autoseg reads and writes, by file ending. It is the
// one place where formats are listed.
func Formats() volume.Formats {
	nii := volume.Format{ReadImage: nifti.ReadImage, ReadLabels: nifti.ReadLabels, WriteImage: nifti.WriteImage,
		WriteLabels: nifti.WriteLabels, ReadGeometry: nifti.ReadGeometry}
	return volume.Formats{
		".nii":    nii,
		".nii.gz": nii,
		".hdr":    {ReadImage: nifti.ReadImage, ReadLabels: nifti.ReadLabels, ReadGeometry: nifti.ReadGeometry},
	}
}

// formats returns the table with the conventions of the dataset's reader.
func (d *Description) formats() (volume.Formats, error) {
	table := Formats()
	conventions := map[string]nifti.Convention{"NibabelIO": nifti.Nibabel, "SimpleITKIO": nifti.ITK}
	switch d.Reader {
	case "NibabelIOWithReorient", "SimpleITKIOWithReorient":
		return nil, fmt.Errorf("the reader %s is not supported; remove overwrite_image_reader_writer from dataset.json to read images in their own orientation", d.Reader)
	}
	c, ok := conventions[d.Reader]
	if !ok {
		return table, nil
	}
	nii := volume.Format{
		ReadImage:    func(path string) (*volume.Image, error) { return nifti.ReadImageAs(path, c) },
		ReadLabels:   func(path string) (*volume.Labels, error) { return nifti.ReadLabelsAs(path, c) },
		WriteImage:   nifti.WriteImage,
		WriteLabels:  nifti.WriteLabels,
		ReadGeometry: func(path string) (volume.Geometry, int, error) { return nifti.ReadGeometryAs(path, c) },
	}
	table[".nii"], table[".nii.gz"] = nii, nii
	return table, nil
}

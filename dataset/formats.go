package dataset

import (
	"fmt"
	"strings"

	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/analyze"
	"github.com/autoseg/autoseg/volume/dicom"
	"github.com/autoseg/autoseg/volume/mha"
	"github.com/autoseg/autoseg/volume/natural"
	"github.com/autoseg/autoseg/volume/nifti"
	"github.com/autoseg/autoseg/volume/npy"
	"github.com/autoseg/autoseg/volume/nrrd"
	"github.com/autoseg/autoseg/volume/tiff"
)

// Formats returns the table of file formats that autoseg reads and writes, by file ending. It is the
// one place where formats are listed; docs/formats.md says what each of them holds.
func Formats() volume.Formats {
	nii := volume.Format{ReadImage: nifti.ReadImage, ReadLabels: nifti.ReadLabels, WriteImage: nifti.WriteImage,
		WriteLabels: nifti.WriteLabels, ReadGeometry: nifti.ReadGeometry}
	nrrds := volume.Format{ReadImage: nrrd.ReadImage, ReadLabels: nrrd.ReadLabels, WriteImage: nrrd.WriteImage,
		WriteLabels: nrrd.WriteLabels, ReadGeometry: nrrd.ReadGeometry, Companions: nrrd.Companions}
	metaImages := volume.Format{ReadImage: mha.ReadImage, ReadLabels: mha.ReadLabels, WriteImage: mha.WriteImage,
		WriteLabels: mha.WriteLabels, ReadGeometry: mha.ReadGeometry, Companions: mha.Companions}
	pictures := volume.Format{ReadImage: natural.ReadImage, ReadLabels: natural.ReadLabels, WriteImage: natural.WriteImage,
		WriteLabels: natural.WriteLabels, ReadGeometry: natural.ReadGeometry}
	photographs := volume.Format{ReadImage: natural.ReadImage, ReadGeometry: natural.ReadGeometry}
	tiffs := volume.Format{ReadImage: tiff.ReadImage, ReadLabels: tiff.ReadLabels, WriteImage: tiff.WriteImage,
		WriteLabels: tiff.WriteLabels, ReadGeometry: tiff.ReadGeometry, Companions: tiff.Companions}
	return volume.Formats{
		".nii": nii, ".nii.gz": nii, ".hdr": pairs(), ".img": pairs(), ".nrrd": nrrds, ".nhdr": nrrds, ".mha": metaImages, ".mhd": metaImages,
		".png": pictures, ".bmp": pictures, ".jpg": photographs, ".jpeg": photographs, ".tif": tiffs, ".tiff": tiffs,
		".dcm": {ReadImage: dicom.ReadImage, ReadLabels: dicom.ReadLabels, ReadGeometry: dicom.ReadGeometry},
		".npy": {ReadImage: npy.ReadImage, ReadLabels: npy.ReadLabels, WriteImage: npy.WriteImage, WriteLabels: npy.WriteLabels,
			ReadGeometry: npy.ReadGeometry, Companions: npy.Companions},
	}
}

// pairs returns the format of .hdr and .img files, which are Analyze 7.5 or NIfTI by what the header says.
// They are written as Analyze 7.5, which refuses what it cannot hold.
func pairs() volume.Format {
	return volume.Format{
		ReadImage: func(path string) (*volume.Image, error) {
			if analyze.Is(path) {
				return analyze.ReadImage(path)
			}
			return nifti.ReadImage(header(path))
		},
		ReadLabels: func(path string) (*volume.Labels, error) {
			if analyze.Is(path) {
				return analyze.ReadLabels(path)
			}
			return nifti.ReadLabels(header(path))
		},
		ReadGeometry: func(path string) (volume.Geometry, int, error) {
			if analyze.Is(path) {
				return analyze.ReadGeometry(path)
			}
			return nifti.ReadGeometry(header(path))
		},
		WriteImage:  analyze.WriteImage,
		WriteLabels: analyze.WriteLabels,
		Companions:  analyze.Companions,
	}
}

// header returns the name of the header of a pair.
func header(path string) string {
	if base, found := strings.CutSuffix(path, ".img"); found {
		return base + ".hdr"
	}
	return path
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

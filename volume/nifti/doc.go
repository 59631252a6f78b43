// Package nifti reads and writes NIfTI-1 and NIfTI-2 images: .nii, .nii.gz and pairs of .hdr and
// .img, either byte order, every data type.
//
//	image, err := nifti.ReadImage("case_0000.nii.gz")
//	err = nifti.WriteLabels("case.nii.gz", &volume.Labels{Geometry: image.Geometry, Data: labels})
//
// Voxels come out slowest axis first (z, y, x); the file's fourth axis is the channel. Origin and
// direction are in LPS. A geometry that was read keeps its header, and whatever is written with that
// geometry carries the same qform, sform, voxel sizes and units, byte for byte. Text fields of a
// header, which may name a patient, are never copied.
//
// Two programs' conventions differ, and nnU-Net follows both (see Convention): SimpleITK's, used for
// .nii.gz, applies the unit of length and scales in its own precision; nibabel's, used for .nii,
// does neither. Complex voxels give their real part, as in both; RGB voxels give three channels.
package nifti

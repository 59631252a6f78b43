// Package analyze reads and writes Analyze 7.5 images: pairs of .hdr and .img, the latter also compressed
// (.img.gz), both byte orders, every data type of whole bytes.
//
//	image, err := analyze.ReadImage("case_0000.hdr")
//	err = analyze.WriteLabels("case.hdr", &volume.Labels{Geometry: image.Geometry, Data: labels})
//
// Voxels come out slowest axis first (z, y, x); the file's fourth axis is the channel. The format does not
// say reliably where the patient's left is, so the axes of the file are those of the world and the origin is
// zero, as ITK has it by default; the bytes of orientation and origin are passed on unread. SPM's scale
// factor is applied. A pair whose header says that it is NIfTI belongs to package nifti; see Is.
package analyze

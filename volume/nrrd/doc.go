// Package nrrd reads and writes NRRD files, versions 1 to 5: .nrrd, and .nhdr with the voxels in other
// files; raw, gzip, bzip2, hex and ascii, every numeric type, both byte orders, line and byte skip.
//
//	image, err := nrrd.ReadImage("case_0000.nrrd")
//	err = nrrd.WriteLabels("case.nrrd", &volume.Labels{Geometry: image.Geometry, Data: labels})
//
// Voxels come out slowest axis first (z, y, x); the axis without a direction, or of a kind that is no
// place, is the channel, wherever it stands. Origin and direction are in LPS: the spaces RAS and LAS are
// turned, others taken as they are (as ITK does). A 2D file gets an imaginary thickness
// (volume.FlatThickness) and is written as a 2D file again.
//
// A geometry that was read keeps the text of its space fields, and whatever is written with that
// geometry carries the same text. Comments and key/value pairs, which may name a patient, are never
// copied. A detached header names the files of its voxels; only files in its own folder are opened.
//
// The format is http://teem.sourceforge.net/nrrd/format.html.
package nrrd

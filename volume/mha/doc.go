// Package mha reads and writes MetaImage files: .mha, and .mhd with the voxels in other files; raw,
// compressed (zlib) and as text, every element type, both byte orders.
//
//	image, err := mha.ReadImage("case_0000.mha")
//	err = mha.WriteLabels("case.mha", &volume.Labels{Geometry: image.Geometry, Data: labels})
//
// Voxels come out slowest axis first (z, y, x). Channels are the elements' components or, with four
// axes, the fourth. Offset and TransformMatrix are in LPS, as ITK reads them, and are stored as they
// are, so that a geometry comes back to the last bit. A 2D file gets an imaginary thickness
// (volume.FlatThickness) and is written as a 2D file again.
//
// An .mhd names the files of its voxels; only files in its own folder are opened.
package mha

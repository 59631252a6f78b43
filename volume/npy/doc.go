// Package npy reads and writes NumPy arrays as images: (y, x), (z, y, x) or (channel, z, y, x). C and Fortran order
// and both byte orders are read; C order and little endian is written.
//
//	image, err := npy.ReadImage("case_0000.npy")
//	err = npy.WriteLabels("case.npy", &volume.Labels{Geometry: image.Geometry, Data: labels})
//
// The file does not know voxel sizes: they are those of the file CASE.json beside it (see
// internal/sidecar), else (999, 1, 1) for a single slice and (1, 1, 1) for a volume.
package npy

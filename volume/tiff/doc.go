// Package tiff reads and writes TIFF files: one page is a 2D image, several pages of one size are a
// volume.
//
//	image, err := tiff.ReadImage("case_0000.tif")
//	err = tiff.WriteLabels("case.tif", &volume.Labels{Geometry: image.Geometry, Data: labels})
//
// TIFF and BigTIFF in either byte order, strips and tiles, 1 to 64 bits, unsigned, signed and float,
// interleaved and planar, uncompressed, LZW, Deflate, PackBits and Zstandard, with predictors; stacks of
// ImageJ with channels. Values are those of the file, as tifffile gives them to nnU-Net: white-is-zero is not
// inverted, a palette gives its indices. Pages of another size than the first, such as thumbnails, are an
// error unless they say what they are.
//
// As in nnU-Net a 2D image has the spacing (999, 1, 1) and a volume that of the file CASE.json beside it
// (see internal/sidecar), else (1, 1, 1). Resolutions of the file are not taken for voxel sizes: they are
// those of a screen as often as not.
//
// Sizes that the file cannot hold are refused before anything is allocated. The layout is that of the
// TIFF 6.0 specification (Adobe 1992) and its technical note 3 for the float predictor.
package tiff

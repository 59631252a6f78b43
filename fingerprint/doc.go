// Package fingerprint measures a dataset: shapes after cropping, spacings, and the intensities of
// foreground voxels. The planner decides from these numbers alone.
//
//	f, err := fingerprint.Extract(ctx, dataset, fingerprint.Options{Workers: 2})
//	err = fingerprint.Write("dataset_fingerprint.json", f)
//
// Every number is the one that nnU-Net v2's DatasetFingerprintExtractor computes, including the
// intensities it samples with numpy's legacy generator; the file has its layout, byte for byte. Only
// the mean and the standard deviation are more exact than nnU-Net's, which sums in float32.
//
// Axes are in the order of the files, slowest first; spacings are in mm.
package fingerprint

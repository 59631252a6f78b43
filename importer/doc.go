// Package importer turns public datasets, in the folders they are published in, into dataset folders.
//
//	format, err := importer.Find("kits19")
//	report, err := importer.Import(ctx, importer.Options{Format: format, Source: "kits19/data", Dir: "Dataset040_KiTS19"})
//
// A dataset is described by a few lines of YAML in the folder datasets: which files are images, which are
// labels, what their values mean. Code exists only for what no pattern can say: contours of RVSC, annotation
// files of LIDC-IDRI, the file lists of the Medical Segmentation Decathlon. The published layouts are described
// in docs/datasets, with their sources; the tests build their fixtures from those pages.
//
// Files are found in the source folder and in the zip archives within it, which are read in place. Nothing
// outside the source folder is ever opened, whatever links, file lists and archives say. Images are written
// anew, so that no text of a header, which may name a patient, reaches the dataset folder; what was changed on
// the way is written to import.yaml there.
//
// Axes are slowest first, spacings in mm, world coordinates LPS, as in package volume.
package importer

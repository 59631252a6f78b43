// Package dataset knows what a dataset contains and where it lies: channels, labels and regions, the
// files of every case, cross-validation folds.
//
// Open accepts nnU-Net v2's raw layout, its explicit file table, the layout of the Medical
// Segmentation Decathlon, and a folder that has images and labels but no dataset.json, for which
// Propose writes one:
//
//	d, err := dataset.Open("Dataset004_Hippocampus")
//	image, err := d.Image(d.Cases[0])
//	labels, err := d.Labels(d.Cases[0])
//
// The meaning of label values (regions, the ignore label, which logit decides for which label) is
// decided here, in Labelling, and nowhere else. Check and Verify say what is wrong with a dataset.
// Axes are ordered slowest first, spacings are in mm.
package dataset

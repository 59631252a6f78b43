// Package algorithm is the program inside a submitted container: it finds the images that the platform put
// below /input, predicts them with the models beside it, and writes the segmentations below /output, in the
// convention of grand-challenge.org.
//
//	/input/images/SLUG/NAME.mha     one folder per channel, one file each (or, for tests, several)
//	/input/inputs.json              where it is there, it says in which folder a slug's images lie
//	/output/images/SLUG/NAME.mha    the segmentation, on the grid of the first channel's image
//
// Its own files lie in one folder, laid out like a run folder, so that it reads them as every other verb
// does:
//
//	algorithm.json                  the slugs
//	selection.yaml                  models, folds, post-processing rules
//	models/MODEL/...                plan.yaml, dataset.json, weights
//
// Nothing panics.
package algorithm

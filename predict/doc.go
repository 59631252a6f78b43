// Package predict computes the segmentation of whole images from trained weights: a window of the
// network's patch slides over the preprocessed image, every position is predicted in all mirrored
// orientations, overlapping logits are averaged with Gaussian weights, the logits of several folds are
// averaged, and the result goes back to the geometry of the input (nnunet-model.md 5).
//
// Arrays are channel or class first, then (z, y, x) in preprocessed axis order until the very end.
package predict

// Package planner turns what was measured on a dataset (package fingerprint) into plans: target
// spacing, patch, batch, network. The rules are nnU-Net v2's, to the last integer, for its default
// planner and the residual encoder presets M, L and XL, and those of nnU-Net's entry to the Medical
// Segmentation Decathlon of 2018. Every rule is one small pure function; the reason behind each number
// travels with the plan.
//
// Spacings are in mm, shapes in voxels; the input is in the files' axis order (z, y, x), everything
// decided is in the order of TransposeForward. All arithmetic is float64 and every rounding is half to
// even, as in Python.
package planner

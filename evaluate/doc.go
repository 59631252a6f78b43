// Package evaluate compares label maps: counts of true and false voxels and the metrics that follow
// from them, per case, per class and over cases, with nnU-Net's conventions (nnunet-model.md 7) and the
// definitions of architectures.md chapter 12; statistics over cases with their uncertainty, paired
// comparison of two predictions, ranking of several.
//
// A metric that is undefined is NaN in memory. Files hold null for NaN and "inf" for infinity, or
// nnU-Net's bare NaN on request. The package does not know networks.
package evaluate

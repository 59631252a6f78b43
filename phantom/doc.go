// Package phantom writes a synthetic dataset that needs no download: small MR-like images with two organs,
// in nnU-Net's raw layout. The demo trains on it, and so do tests that need a whole dataset.
//
// It is no toy in what makes segmentation hard. Shapes and anisotropic spacings vary from case to case,
// a bias field and a gain change the intensities, there is Rician noise, and everything bright shares
// one intensity range:
//
//	label 1, the solid organ     an ellipsoid, bright throughout
//	label 2, the hollow organ    an ellipsoid with a bright rim around a core as dark as the tissue
//	vessels (background)         bright capsules that run through the body: the distractor
//	fat (background)             a bright ring below the skin
//
// Positions, sizes and orientations are random. So neither intensity nor position tells the organs: the
// best classifier of single voxels by intensity and the mean training mask both stay below 0.5 Dice (the
// test computes both). Shape and context do, and a small U-Net learns them in about two minutes.
//
// Axes are slowest first (z, y, x), lengths in mm. Nothing panics.
package phantom

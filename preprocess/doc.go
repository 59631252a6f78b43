// Package preprocess turns a case into the arrays a network works on, and what a network says about
// them back into the case's own geometry.
//
// In: a volume.Image and, for training, its volume.Labels, in the axes of the file (z, y, x). The
// steps are nnU-Net's (preprocessing/preprocessors/default_preprocessor.py), in its order: transpose
// and crop to the nonzero region, both as views; normalise the intensities of every channel; resample
// to the spacing of the plan; sample voxels of every class. Out: a Sample, and in it the Trail, which
// knows the way back. No other package does this book-keeping.
//
// Shapes are in voxels and spacings in mm, slowest axis first; behind the first step axes are in the
// plan's order (TransposeForward). Bad images are errors. A Pipeline may be used by several goroutines
// at once; results do not depend on how many.
package preprocess

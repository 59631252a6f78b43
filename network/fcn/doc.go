// Package fcn builds the fully convolutional networks of Long, Shelhamer and Darrell (2015): a classifier
// whose fully connected layers are read as convolutions, so that one pass scores a whole image; coarse
// scores are upsampled, and finer layers add scores of their own (architectures.md chapter 2).
//
// FCN-32s upsamples at once, FCN-16s adds the scores of the grid next to the bottom, FCN-8s those of one
// more. The published form pads the first convolution by 100 and crops; the aligned form, the default, pads
// so that nothing is shifted.
package fcn

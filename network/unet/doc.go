// Package unet builds the U-Net of Ronneberger, Fischer and Brox (2015): an encoder with max pooling, a
// decoder with transposed convolutions, and at every level the encoder's features beside the decoder's
// (architectures.md chapter 4).
//
// The published form has unpadded convolutions: the result is smaller than the input, and skips are cropped
// at their centre. The padded form keeps the size and is what a plan asks for.
package unet

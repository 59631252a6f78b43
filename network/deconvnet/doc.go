// Package deconvnet builds the DeconvNet of Noh, Hong and Han (2015): a classifier down to one cell, and a
// decoder that mirrors it and undoes every max pooling with the positions that the pooling remembered
// (architectures.md chapter 3).
package deconvnet

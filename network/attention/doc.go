// Package attention builds the Attention U-Net of Oktay et al. (2018) and its counterpart without gates, the
// 3D U-Net of the same release: max pooling, linear upsampling, and one output that merges a score of every
// decoder level (architectures.md chapter 6).
package attention

// Package block holds the bricks that networks are laid with: a convolution with its norm and
// activation, an upsampling with its skip, a residual block. Every brick adds nodes to a graph and
// records the parameters that it made, under nnU-Net's names, in the order in which they were made.
//
// Activations are (batch, channel, z, y, x) or (batch, channel, y, x). Kernels, strides and paddings
// have one number per spatial axis. Bricks panic when shapes do not fit, as all graph building does;
// engine.Build turns that into an error.
package block

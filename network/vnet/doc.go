// Package vnet builds the V-Net of Milletari, Navab and Ahmadi (2016): residual stages of 5-kernel
// convolutions with PReLU, strided convolutions instead of pooling, and right stages that run at twice the
// width of the skip they join (architectures.md chapter 5).
package vnet

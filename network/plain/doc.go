// Package plain builds nnU-Net's default network, PlainConvUNet: an encoder of stacked convolutions
// whose first one in every stage carries the stride, and the shared decoder with one head per
// resolution (nnunet-model.md 1.3 and 1.5).
package plain

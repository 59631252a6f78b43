// Package loss builds losses as nodes of an expression graph from logits and targets, and the weighted
// sum over resolutions that deep supervision trains with (nnunet-model.md 3.4).
//
// Logits are (batch, class, space...). Targets are label values as floats, (batch, 1, space...), or,
// for regions, zeros and ones per region, (batch, region, space...), with one more channel that is 1
// where the voxel is to be ignored when there is an ignore label.
package loss

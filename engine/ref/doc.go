// Package ref is the plain executor: it runs every instruction by its definition in package engine/op,
// on arrays in C order, in float32 or float64. It is the meaning that faster executors are held to by
// package engine/enginetest, so it has no fused kernels and takes no short cuts.
//
// Operators that treat every sample for itself are computed sample by sample on several workers; all
// others on one. The result does not depend on their number.
package ref

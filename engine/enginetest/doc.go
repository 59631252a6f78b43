// Package enginetest is the conformance suite that every executor passes.
//
// A Case is a small graph with its inputs: one operator on an odd shape, or a block of a network with
// its loss. Run compiles every case, with the gradients of all its inputs, for the executor under test
// and compares the results with those of engine/ref in float64. It also checks that results are
// bitwise equal for 1, 2 and 5 workers and from run to run, that optimiser steps agree, and, where the
// executor computes in float64, that gradients agree with finite differences.
//
// Fuzz does the comparison for a random case; executors call it from their own fuzz tests.
//
// # Tolerances
//
// Inputs are random normal numbers rounded to float32, so the same go into both programs. A float32
// result may differ from the float64 one by 2e-5 of the array's largest value: sums of up to a few
// thousand float32 products err by about sqrt(1000)*6e-8 of their size, and some of it is amplified on
// its way through norms. Where a case states another number it also states why. Arrays that ought to be
// zero, such as the gradient of a bias in front of a norm, are held against one hundredth of the largest
// gradient of the case.
package enginetest

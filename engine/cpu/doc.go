// Package cpu is the fast executor: SIMD kernels on blocked activations, one memory arena outside the
// Go heap, nothing allocated while a program runs.
//
// # Layouts
//
// Planar is C order. Blocked holds activations as [n][channel/16][z][y][x][16]; the lanes beyond the last
// channel are zero, and every step keeps them so. Packed holds the weights of convolutions as package
// kernel wants them, and PackedFirst those of a convolution that reads a planar network input of few
// channels. Weights that a program does not change are Points where Winograd's method computes with them,
// or HalfPoints with Options.Precision BF16: there both factors of every product are rounded to bfloat16,
// while sums and everything between convolutions stay in float32. Gradients with respect to weights come in the packing of the weights, so that updates work
// element by element.
//
// # Operations
//
// The table in operations.go says for every kind which layouts it takes and how it is bound to its
// tensors. A kind that is not in the table runs its Definition.Compute on planar arrays: always right,
// seldom fast. Package kernel holds the convolutions, package vector the memory-bound loops.
//
// # Determinism
//
// A step gives the same bits for any number of workers: work is cut by shape alone, every element has
// one writer, and partial sums are added in float64 in a fixed order. The choice of algorithm follows
// from the shape. Results differ between SIMD levels in the last bits.
package cpu

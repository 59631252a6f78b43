// Package kernel holds the computing loops of the CPU executor: convolutions in all three directions
// on blocked activations, in assembly for AVX-512 and AVX2 and in plain Go for everything else.
//
// # Layouts
//
// An activation is [n][channel/16][z][y][x][16] float32: one pixel of 16 channels is one 64-byte vector,
// a pixel's neighbour is 64 bytes away whatever the number of channels. The tail of the last channel
// block is zero; every kernel relies on that and keeps it so. The samples of an activation may lie
// further apart than they are long (Activation.Stride), so a range of channel blocks of a wider tensor
// is an activation too and concatenation needs no copy.
//
// Weights are packed [out/32][in/16][tap][16 in][32 out] with zeros where a channel count is no multiple
// (PackWeights). An optimiser can work on the packed form element by element; the padding stays zero.
// Bias vectors are plain. The network input may be planar, [n][c][z][y][x]; its few channels go through
// PlanarForward and PlanarGradWeight, with weights packed [out/32][in][tap][32] (PackPlanarWeights).
//
// # Plans
//
// A plan (NewForward, NewGradInput, NewGradWeight, NewPlanarForward, NewPlanarGradWeight) is everything
// that follows from shape and level: tap tables, tiles, tasks, the choice between direct sums and
// Winograd's. It is read-only, so one plan may run on several goroutines. Run takes working memory from
// the caller, as much as Scratch says.
//
// A transposed convolution is the gradient of a convolution with respect to its input, so it has no
// plans of its own: with s the shape of that convolution (Shape.Extent is the transposed one's output),
// forward is NewGradInput(s), the gradient of its input NewForward(s), and the gradient of its weights
// NewGradWeight(s) with the two activations exchanged. PyTorch's weight order (in, out, k...) of a
// transposed convolution is (out, in, k...) of s, so PackWeights fits as it is.
//
// # Determinism
//
// Results are the same bits for any number of workers: each element of a result has one writer, sums
// that are split are split by the shape alone and joined in a fixed order, and the algorithm is a
// function of shape and level.
//
// # Misuse
//
// Shapes that do not fit, slices that are too short and levels that the processor lacks panic with a
// message that starts with "kernel:".
package kernel

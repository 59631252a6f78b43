package kernel

// tileKernel computes one tile. It adds the products of the table's taps to the bias in the order input
// block, tap, input channel, each as one fused multiply-add per result.
type tileKernel func(*tileArgs)

// tileTable holds the kernels of tiles of 1, 2, ... pixels.
type tileTable []tileKernel

// microkernels are the kernels of one level. Everything above them is the same for all levels.
type microkernels struct {
	rows int // most pixels of a tile
	wide int // output blocks that a tile kernel computes at once: 1 or 2
	// tiles are chosen by pixel step (1 or 2; other steps use tiles of one pixel) and by output blocks,
	// both less one.
	tiles [2][2]tileTable
	// pairs are the tiles of two output blocks, pixel step 1 and two rows of different samples, or nil.
	pairs tileTable
	// planar are the tile kernels of planar inputs, by output blocks less one.
	planar [2]tileTable
	// gradInputs is the number of input channels of one call of grad; grad is chosen by output blocks
	// less one.
	gradInputs int
	grad       [2]func(*gradArgs)
	planarGrad [2]func(*planarGradArgs)
	transpose  func(*transposeArgs)
	winograd   *transforms  // nil where there are none
	half       *halfKernels // nil where the processor has no bfloat16
}

// halfKernels compute in bfloat16, for Winograd's method.
type halfKernels struct {
	tiles [2]tileTable // by output blocks less one
	input func(*transformArgs)
}

func kernelsOf(l Level) *microkernels {
	mustHave(l)
	return levelKernels(l)
}

// tile returns the kernels for a pixel step; steps beyond 2 have tiles of one pixel.
func (m *microkernels) tile(step, blocks int) tileTable {
	if step != 2 {
		step = 1
	}
	return m.tiles[step-1][blocks-1]
}

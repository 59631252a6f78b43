package kernel

import "unsafe"

// UseWinograd reports whether a convolution and its gradients are computed by Winograd's F(2x2,3x3) over
// (y, x) and direct sums over z, which takes 4/9 of the products. In float32 its error is no larger than
// that of direct sums, whose chains are longer. Few channels do not repay the transforms; small planes
// do not either, because tiles cover more than the plane and direct sums skip the padding. (At 256 to 320
// channels 6x6 gains a third, 5x7 and 6x7 lose a tenth, 4x4 half.) The portable level always sums directly.
func UseWinograd(s Shape) bool {
	if s.Stride != [3]int{1, 1, 1} || s.Kernel[1] != 3 || s.Kernel[2] != 3 || s.Pad[1] != 1 || s.Pad[2] != 1 {
		return false
	}
	if k := s.Kernel[0]; k%2 == 0 || s.Pad[0] != k/2 {
		return false
	}
	return repays(s.Extent[1]) && repays(s.Extent[2]) && s.In >= lanes && s.Out >= lanes
}

func repays(extent int) bool { return extent >= 8 || extent == 6 }

// transforms are the Winograd transforms of a level, see gen/winograd.go.
type transforms struct {
	input, output, grad, weights, weightGrad func(*transformArgs)
}

// winograd is the geometry of a convolution in blocks of planes and of strips (pairs of rows). A block's
// points are [16][channel/16][plane][tile][16], one tile per 2x2 results.
type winograd struct {
	kernels        *microkernels
	n, in, out     int
	extent         [3]int
	depth          int // kernel extent along z
	columns, lines int // tiles per strip, strips per plane
	planes, strips int // of a block
	lane           int // elements of 16 channels of an input point: 16, or 8 in bfloat16
	table          []tapEntry
}

// pointPad is the distance in elements that is added between points: without it the same tile of all
// points would often lie in one set of the cache.
const pointPad = 80

func newWinograd(s Shape, k *microkernels) winograd {
	return winograd{kernels: k, n: s.N, in: s.In, out: s.Out, extent: s.Extent, depth: s.Kernel[0],
		lines: ceil(s.Extent[1], 2), columns: ceil(s.Extent[2], 2), lane: lanes}
}

// block sets the size of blocks.
func (w *winograd) block(planes, strips int) {
	w.planes, w.strips = min(planes, w.extent[0]), min(strips, w.lines)
	w.table = nil
	for k := range w.depth {
		w.table = append(w.table, tapEntry{
			x: int32((k - w.depth/2) * w.inputPlane() * 4),
			w: int32(k * w.tap() * 4),
		})
	}
}

// stripBytes returns the bytes of the points of one strip, input and result.
func (w *winograd) stripBytes() int { return 16 * pixel * w.columns * (Blocks(w.in) + Blocks(w.out)) }

func (w *winograd) plane() int       { return w.strips * w.columns * lanes }
func (w *winograd) inputPlane() int  { return w.strips * w.columns * w.lane }
func (w *winograd) tap() int         { return w.lane * group } // elements of the weights of a tap
func (w *winograd) inputPlanes() int { return w.planes + w.depth - 1 }
func (w *winograd) inputPoint() int  { return Blocks(w.in)*w.inputPlanes()*w.inputPlane() + pointPad }
func (w *winograd) outputPoint() int { return groups(w.out)*2*w.planes*w.plane() + pointPad }
func (w *winograd) weights() int     { return 16 * groups(w.out) * Blocks(w.in) * w.depth * w.tap() }
func (w *winograd) zeroRow() int     { return w.extent[2]*lanes + lanes }
func (w *winograd) blocksZ() int     { return ceil(w.extent[0], w.planes) }
func (w *winograd) blocksY() int     { return ceil(w.lines, w.strips) }

// winogradBlock is a block of a sample: planes [z0, z1), strips [s0, s1).
type winogradBlock struct{ sample, z0, z1, s0, s1 int }

// blockAt returns block i in the order sample, planes, strips.
func (w *winograd) blockAt(i int) winogradBlock {
	y, z, sample := i%w.blocksY(), i/w.blocksY()%w.blocksZ(), i/w.blocksY()/w.blocksZ()
	return winogradBlock{sample, z * w.planes, min((z+1)*w.planes, w.extent[0]),
		y * w.strips, min((y+1)*w.strips, w.lines)}
}

func (w *winograd) count() int { return w.n * w.blocksZ() * w.blocksY() }

// row returns row y of a plane of 16 channels, or zeros outside.
func (w *winograd) row(data []float32, plane, y int, zero []float32) unsafe.Pointer {
	if y < 0 || y >= w.extent[1] {
		return at(zero, 0)
	}
	return at(data, plane+y*w.extent[2]*lanes)
}

// sample returns the place of a plane of 16 channels.
func (w *winograd) sample(a Activation, sample, block, z int) int {
	return sample*a.Stride + (block*w.extent[0]+z)*w.extent[1]*w.extent[2]*lanes
}

// inputPoints transforms plane z of an input block.
func (w *winograd) inputPoints(a *transformArgs, points, zero []float32, x Activation, b winogradBlock, block, z int) {
	plane := w.sample(x, b.sample, block, z)
	to := (block*w.inputPlanes() + z - b.z0 + w.depth/2) * w.inputPlane()
	transform := w.kernels.winograd.input
	if w.lane < lanes {
		transform = w.kernels.half.input
	}
	for s := b.s0; s < b.s1; s++ {
		*a = transformArgs{
			r0: w.row(x.Data, plane, 2*s-1, zero), r1: w.row(x.Data, plane, 2*s, zero),
			r2: w.row(x.Data, plane, 2*s+1, zero), r3: w.row(x.Data, plane, 2*s+2, zero),
			points: at(points, to+(s-b.s0)*w.columns*w.lane), stride: w.inputPoint() * 4,
			n: w.columns - 1, tail: 1 - w.extent[2]%2,
		}
		transform(a)
	}
}

// gradPoints expands plane z of block o of the result's gradient.
func (w *winograd) gradPoints(a *transformArgs, points, zero []float32, dy Activation, b winogradBlock, o, z int) {
	plane := w.sample(dy, b.sample, o, z)
	to := (o*w.planes + z - b.z0) * w.plane()
	for s := b.s0; s < b.s1; s++ {
		*a = transformArgs{
			r0: w.row(dy.Data, plane, 2*s, zero), r1: w.row(dy.Data, plane, 2*s+1, zero),
			points: at(points, to+(s-b.s0)*w.columns*lanes), stride: w.outputPoint() * 4,
			n: w.extent[2] / 2, tail: w.extent[2] % 2,
		}
		w.kernels.winograd.grad(a)
	}
}

// near returns the planes [z0, z1) of the input that the planes of a block read.
func (w *winograd) near(b winogradBlock) (z0, z1 int) {
	return max(b.z0-w.depth/2, 0), min(b.z1+w.depth/2, w.extent[0])
}

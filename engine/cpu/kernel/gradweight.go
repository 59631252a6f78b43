package kernel

import "github.com/autoseg/autoseg/internal/parallel"

// GradWeight is the gradient of a convolution with respect to its weights.
type GradWeight struct {
	shape    Shape
	winograd *winogradGradWeight // where UseWinograd says so, or direct sums:
	kernels  *microkernels
	out      [3]int
	units    []slab // that the sum over a sample is split into
	chunks   int    // partial sums
}

// slab is a range of planes and rows.
type slab struct{ z0, z1, y0, y1 int }

// slabs cuts an extent into rows of a plane, or into whole planes where these are small.
func slabs(extent [3]int, pixels int) []slab {
	var list []slab
	rows := max(1, pixels/extent[2])
	for _, z := range split(extent[0], max(1, rows/extent[1])) {
		for _, y := range split(extent[1], rows) {
			list = append(list, slab{z.first, z.first + z.n, y.first, y.first + y.n})
		}
	}
	return list
}

// NewGradWeight plans the gradient of the convolution s. It panics on a shape that Shape.Validate refuses.
func NewGradWeight(s Shape, l Level) *GradWeight {
	s.must()
	return newGradWeight(s, kernelsOf(l))
}

func newGradWeight(s Shape, k *microkernels) *GradWeight {
	g := &GradWeight{shape: s, kernels: k, out: s.Output()}
	if g.kernels.winograd != nil && UseWinograd(s) {
		g.winograd = newWinogradGradWeight(s, g.kernels)
		return g
	}
	// Three planes of x and the two blocks of dy of a unit should stay in the L2 cache over all taps.
	perPixel := (3*s.Stride[1]*s.Stride[2] + 2) * pixel
	g.chunks = max(1, ceil(wantTasks, g.pairs()))
	// Fewer than 512 pixels are not worth a partial sum of their own.
	g.units = slabs(g.out, min(400<<10/perPixel, max(512, ceil(s.N*volume(g.out), g.chunks))))
	g.chunks = min(g.chunks, s.N*len(g.units))
	return g
}

// wantTasks is the least number of tasks, so that the workers find enough to do. It is a constant: the
// order of a sum must not depend on the number of workers.
const wantTasks = 16

// pairs returns the number of (weight group, input block) pairs.
func (g *GradWeight) pairs() int { return groups(g.shape.Out) * Blocks(g.shape.In) }

func (g *GradWeight) pairLen() int { return g.shape.Taps() * wtap }

// Scratch returns the elements of GradCall.Scratch for a number of workers.
func (g *GradWeight) Scratch(workers int) int {
	if g.winograd != nil {
		return g.winograd.scratch()
	}
	if g.chunks == 1 {
		return 0
	}
	return g.chunks * g.pairs() * g.pairLen()
}

// Run computes c.Dst, packed like the weights.
func (g *GradWeight) Run(c GradCall) {
	s := g.shape
	c.must(s.N, s.InputSample(), s.OutputSample(), PackedWeights(s.In, s.Out, s.Taps()))
	if g.winograd != nil {
		g.winograd.run(c)
		return
	}
	parts := c.Dst
	if g.chunks > 1 {
		parts = need("scratch", c.Scratch, g.Scratch(c.Workers))
	}
	args := make([]gradArgs, c.Workers)
	pairs := g.pairs()
	parallel.For(c.Workers, g.chunks*pairs, func(worker, i int) {
		sum := parts[i*g.pairLen():][:g.pairLen()]
		clear(sum)
		g.chunk(&args[worker], c, sum, i/pairs, i%pairs)
	})
	if g.chunks > 1 {
		joinParts(c.Dst, parts, g.chunks, pairs*g.pairLen(), c.Workers)
	}
}

func (c *GradCall) must(n, x, dy, dst int) {
	c.X.must("operand x", n, x)
	c.DY.must("operand dy", n, dy)
	c.Dst = need("weight gradient", c.Dst, dst)
	if c.Workers < 1 {
		panic("kernel: a run needs at least one worker")
	}
}

// joinParts adds count partial sums of n elements in order.
func joinParts(dst, parts []float32, count, n, workers int) {
	const piece = 4096
	parallel.For(workers, ceil(n, piece), func(_, i int) {
		from, to := i*piece, min((i+1)*piece, n)
		out := dst[from:to]
		copy(out, parts[from:to])
		for p := 1; p < count; p++ {
			for j, v := range parts[p*n+from : p*n+to] {
				out[j] += v
			}
		}
	})
}

// chunk adds the products of one part of the units for one pair.
func (g *GradWeight) chunk(a *gradArgs, c GradCall, sum []float32, chunk, pair int) {
	s := g.shape
	units := s.N * len(g.units)
	*a = gradArgs{
		xpixel:  s.Stride[2] * pixel,
		xrow:    s.Stride[1] * s.Extent[2] * pixel,
		xplane:  s.Stride[0] * s.Extent[1] * s.Extent[2] * pixel,
		dyrow:   g.out[2] * pixel,
		dyplane: g.out[1] * g.out[2] * pixel,
		dyblock: volume(g.out) * pixel,
		inputs:  g.kernels.gradInputs,
	}
	for u := chunk * units / g.chunks; u < (chunk+1)*units/g.chunks; u++ {
		g.unit(a, c, sum, u/len(g.units), g.units[u%len(g.units)], pair)
	}
}

// unit adds the products of all taps over some rows.
func (g *GradWeight) unit(a *gradArgs, c GradCall, sum []float32, sample int, u slab, pair int) {
	s := g.shape
	tap := -1
	for kz := range s.Kernel[0] {
		z0, z1 := clip(u.z0, u.z1, s.Stride[0], kz-s.Pad[0], s.Extent[0])
		for ky := range s.Kernel[1] {
			y0, y1 := clip(u.y0, u.y1, s.Stride[1], ky-s.Pad[1], s.Extent[1])
			for kx := range s.Kernel[2] {
				tap++
				x0, x1 := clip(0, g.out[2], s.Stride[2], kx-s.Pad[2], s.Extent[2])
				if z0 >= z1 || y0 >= y1 || x0 >= x1 {
					continue
				}
				a.rows, a.pixels = y1-y0, x1-x0
				z, y, x := z0*s.Stride[0]+kz-s.Pad[0], y0*s.Stride[1]+ky-s.Pad[1], x0*s.Stride[2]+kx-s.Pad[2]
				from := (z*s.Extent[1]+y)*s.Extent[2] + x
				to := (z0*g.out[1]+y0)*g.out[2] + x0
				g.tap(a, c, sum[tap*wtap:][:wtap], [4]int{sample, z1 - z0, from, to}, pair)
			}
		}
	}
}

// tap calls the kernel for one tap; where holds the sample, the number of planes and the first pixels of
// x and dy.
func (g *GradWeight) tap(a *gradArgs, c GradCall, sum []float32, where [4]int, pair int) {
	s := g.shape
	g32, block := pair/Blocks(s.In), pair%Blocks(s.In)
	x := where[0]*c.X.Stride + (block*volume(s.Extent)+where[2])*lanes
	dy := where[0]*c.DY.Stride + (2*g32*volume(g.out)+where[3])*lanes
	blocks := min(2, Blocks(s.Out)-2*g32)
	a.outputs, a.x, a.dy = blocks*lanes, at(c.X.Data, x), at(c.DY.Data, dy)
	for i := 0; i < min(lanes, s.In-block*lanes); i += a.inputs {
		a.xat, a.dyat, a.dw, a.planes = i*4, 0, at(sum, i*group), where[1]
		g.kernels.grad[blocks-1](a)
	}
}

// clip narrows the range [a, b) of outputs to those whose input i*stride+shift lies in [0, n).
func clip(a, b, stride, shift, n int) (int, int) {
	if shift < 0 {
		a = max(a, ceil(-shift, stride))
	}
	if last := n - 1 - shift; last < 0 {
		b = a
	} else {
		b = min(b, last/stride+1)
	}
	return a, max(a, b)
}

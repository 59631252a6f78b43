package kernel

import (
	"unsafe"

	"github.com/autoseg/autoseg/internal/parallel"
)

// winogradSum is a stride 1 convolution by Winograd's method, forward or, with mirrored taps, with
// respect to its input.
type winogradSum struct {
	winograd
	mirror bool
	form   Form
}

// newWinogradSum plans y = w*x for s, or for its gradient with respect to the input.
func newWinogradSum(s Shape, k *microkernels, mirror bool, form Form) *winogradSum {
	if mirror {
		s.In, s.Out = s.Out, s.In
	}
	w := &winogradSum{newWinograd(s, k), mirror, form}
	if form == HalfPoints {
		w.lane = lanes / 2
	}
	// Points of a block should stay in the L2 cache. A plane of a block should have two tiles of the
	// kernel or more; then planes, which share input planes; then strips again in flat volumes.
	const budget = 640 << 10
	strips := min(w.lines, max(1, ceil(28, w.columns)))
	planes := min(w.extent[0], max(2, budget/(w.stripBytes()*strips)))
	w.block(planes, max(strips, budget/(w.stripBytes()*planes)))
	return w
}

// partials returns the number of partial statistics per sample and channel.
func (w *winogradSum) partials() int { return w.blocksZ() * w.blocksY() }

func (w *winogradSum) scratch(workers int) int {
	perWorker := round16(16*w.inputPoint()) + round16(16*w.outputPoint())
	own := 0
	if w.form == Packed {
		own = round16(w.weights())
	}
	return own + round16(w.zeroRow()) + group + workers*perWorker
}

// winogradRun is one run of a plan, with its working memory.
type winogradRun struct {
	*winogradSum
	Call
	bias, zero, noBias, weights []float32
}

// winogradWorker is the working memory of one worker.
type winogradWorker struct {
	transform transformArgs
	tile      tileArgs
	in, out   []float32 // points
}

func (w *winogradSum) run(c Call, bias []float32, scratch *carver) {
	r := &winogradRun{winogradSum: w, Call: c, bias: bias}
	r.weights = c.Weights
	if w.form == Packed {
		r.weights = scratch.take(w.winograd.weights())
		w.transformWeights(r.weights, c.Weights, c.Workers)
	}
	r.zero, r.noBias = scratch.take(w.zeroRow()), scratch.take(group)
	clear(r.zero)
	clear(r.noBias)
	workers := make([]winogradWorker, c.Workers)
	for i := range workers {
		workers[i].in = scratch.take(16 * w.inputPoint())
		workers[i].out = scratch.take(16 * w.outputPoint())
	}
	parallel.For(c.Workers, w.count(), func(worker, i int) { r.block(&workers[worker], i) })
}

// transformWeights computes the points of packed weights, [out/32][16][in/16][z tap][16][32].
func (w *winogradSum) transformWeights(dst, packed []float32, workers int) {
	inputs := Blocks(w.in)
	args := make([]transformArgs, workers)
	parallel.For(workers, groups(w.out)*inputs*w.depth, func(worker, i int) {
		z, block, g := i%w.depth, i/w.depth%inputs, i/w.depth/inputs
		from, step := (g*inputs+block)*w.depth*9+z*9, wtapB
		if w.mirror {
			from, step = (g*inputs+block)*w.depth*9+(w.depth-1-z)*9+8, -wtapB
		}
		a := &args[worker]
		*a = transformArgs{r0: at(packed, from*wtap), tail: step, n: wtap / lanes,
			points: at(dst, ((g*16*inputs+block)*w.depth+z)*wtap), stride: inputs * w.depth * wtapB}
		w.kernels.winograd.weights(a)
	})
}

// block computes one block of the result.
func (r *winogradRun) block(m *winogradWorker, i int) {
	b := r.blockAt(i)
	z0, z1 := r.near(b)
	for c := range Blocks(r.in) {
		for z := z0; z < z1; z++ {
			r.inputPoints(&m.transform, m.in, r.zero, r.Src, b, c, z)
		}
	}
	for p := range 16 {
		for g := range groups(r.out) {
			for z := b.z0; z < b.z1; z++ {
				r.products(m, b, p, g, z)
			}
		}
	}
	for o := range Blocks(r.out) {
		r.results(m, b, o, i%r.partials())
	}
}

// products computes one point of plane z of a weight group.
func (r *winogradRun) products(m *winogradWorker, b winogradBlock, p, g, z int) {
	first, last := max(0, r.depth/2-z), min(r.depth, r.extent[0]-z+r.depth/2)
	inputs, plane := Blocks(r.in), r.plane()
	blocks := min(2, Blocks(r.out)-2*g)
	a := &m.tile
	*a = tileArgs{
		x: at(m.in, 0), table: &r.table[first], taps: last - first, blocks: inputs, last: lastInputs(r.in),
		xblock: r.inputPlanes() * r.inputPlane() * 4, wblock: r.depth * r.tap() * 4, yblock: r.planes * plane * 4,
		ypixel: pixel, xpixel: pixel,
	}
	weights := at(r.weights, (g*16+p)*inputs*r.depth*r.tap())
	noBias := at(r.noBias, 0)
	in := p*r.inputPoint() + (z-b.z0+r.depth/2)*r.inputPlane()
	out := p*r.outputPoint() + (2*g*r.planes+z-b.z0)*plane
	kernels := r.kernels.tile(1, min(blocks, r.kernels.wide))
	if r.form == HalfPoints {
		kernels, a.last = r.kernels.half.tiles[blocks-1], lanes/2
	}
	n := (b.s1 - b.s0) * r.columns
	count := ceil(n, r.kernels.rows)
	for i, first := 0, 0; i < count; i++ {
		a.pixels = ceil(n-first, count-i)
		a.at = (in + first*r.lane) * 4
		a.w, a.bias, a.y = weights, noBias, at(m.out, out+first*lanes)
		kernels[a.pixels-1](a)
		if blocks > r.kernels.wide {
			secondBlock(a)
			kernels[a.pixels-1](a)
		}
		first += a.pixels
	}
}

// results transforms the points of 16 channels back.
func (r *winogradRun) results(m *winogradWorker, b winogradBlock, o, partial int) {
	var stats unsafe.Pointer
	if r.Stats != nil {
		column0 := ((b.sample*Blocks(r.out)+o)*r.partials() + partial) * column
		clear(r.Stats[column0:][:column])
		stats = at(r.Stats, column0)
	}
	row := r.extent[2] * lanes
	for z := b.z0; z < b.z1; z++ {
		plane := r.sample(r.Dst, b.sample, o, z)
		for s := b.s0; s < b.s1; s++ {
			a := &m.transform
			*a = transformArgs{
				r0: at(r.Dst.Data, plane+2*s*row), n: r.extent[2] / 2, tail: r.extent[2] % 2,
				points: at(m.out, (o*r.planes+z-b.z0)*r.plane()+(s-b.s0)*r.columns*lanes),
				stride: r.outputPoint() * 4, stats: stats, bias: at(r.bias, o*lanes),
			}
			if 2*s+1 < r.extent[1] {
				a.r1 = at(r.Dst.Data, plane+(2*s+1)*row)
			}
			r.kernels.winograd.output(a)
		}
	}
}

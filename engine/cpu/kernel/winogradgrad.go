package kernel

import "github.com/autoseg/autoseg/internal/parallel"

// winogradGradWeight is the gradient of a stride 1 convolution with respect to its weights by Winograd's
// method: the points of the gradient are the products of the points of x and of dy, summed over tiles.
// It runs in blocks of a few megabytes: all workers transform a block, then every (point, weight group)
// is summed by one task, so the order of a sum does not depend on the workers and needs no partial sums.
type winogradGradWeight struct{ winograd }

func newWinogradGradWeight(s Shape, k *microkernels) *winogradGradWeight {
	w := &winogradGradWeight{newWinograd(s, k)}
	const budget = 6 << 20 // of the L3 cache
	strips := max(1, budget/w.stripBytes())
	planes := min(w.extent[0], 8)
	if strips/planes >= w.lines {
		planes = strips / w.lines
	}
	w.block(planes, max(1, strips/planes))
	return w
}

func (w *winogradGradWeight) scratch() int {
	return round16(w.weights()) + round16(w.zeroRow()) + round16(16*w.inputPoint()) + round16(16*w.outputPoint())
}

// winogradGradRun is one run of a plan, with its working memory.
type winogradGradRun struct {
	*winogradGradWeight
	GradCall
	sums, zero, in, out []float32
	transform           []transformArgs
	args                []gradArgs
}

func (w *winogradGradWeight) run(c GradCall) {
	scratch := carver{c.Scratch}
	r := &winogradGradRun{
		winogradGradWeight: w, GradCall: c,
		sums: scratch.take(w.weights()), zero: scratch.take(w.zeroRow()),
		in: scratch.take(16 * w.inputPoint()), out: scratch.take(16 * w.outputPoint()),
		transform: make([]transformArgs, c.Workers), args: make([]gradArgs, c.Workers),
	}
	clear(r.sums)
	clear(r.zero)
	for i := range w.count() {
		r.block(w.blockAt(i))
	}
	r.reduce()
}

// block adds one block to the sums.
func (r *winogradGradRun) block(b winogradBlock) {
	z0, z1 := r.near(b)
	inputs, outputs, planes := Blocks(r.winograd.in), Blocks(r.winograd.out), b.z1-b.z0
	first := inputs * (z1 - z0)
	parallel.For(r.Workers, first+outputs*planes, func(worker, i int) {
		a := &r.transform[worker]
		if i < first {
			r.inputPoints(a, r.in, r.zero, r.X, b, i/(z1-z0), z0+i%(z1-z0))
			return
		}
		i -= first
		r.gradPoints(a, r.out, r.zero, r.DY, b, i/planes, b.z0+i%planes)
	})
	parallel.For(r.Workers, 16*groups(r.winograd.out), func(worker, i int) {
		for c := range inputs {
			for k := range r.depth {
				r.products(&r.args[worker], b, i/groups(r.winograd.out), i%groups(r.winograd.out), c, k)
			}
		}
	})
}

// products adds the products of one point, weight group, input block and z tap.
func (r *winogradGradRun) products(a *gradArgs, b winogradBlock, p, g, c, k int) {
	z0, z1 := clip(b.z0, b.z1, 1, k-r.depth/2, r.extent[0])
	if z0 >= z1 {
		return
	}
	blocks := min(2, Blocks(r.winograd.out)-2*g)
	plane := r.plane()
	*a = gradArgs{
		pixels: (b.s1 - b.s0) * r.columns, rows: z1 - z0, xpixel: pixel, xrow: plane * 4, dyrow: plane * 4,
		dyblock: r.planes * plane * 4, inputs: r.kernels.gradInputs, outputs: blocks * lanes,
	}
	dy := p*r.outputPoint() + (2*g*r.planes+z0-b.z0)*plane
	x := p*r.inputPoint() + (c*r.inputPlanes()+z0-b.z0+k)*plane
	sum := (((p*groups(r.winograd.out)+g)*Blocks(r.winograd.in)+c)*r.depth + k) * wtap
	a.x, a.dy = at(r.in, x), at(r.out, dy)
	for i := 0; i < min(lanes, r.winograd.in-c*lanes); i += a.inputs {
		a.xat, a.dyat, a.dw, a.planes = i*4, 0, at(r.sums, sum+i*group), 1
		r.kernels.grad[blocks-1](a)
	}
}

// reduce turns the sums into the gradient of the taps.
func (r *winogradGradRun) reduce() {
	n := groups(r.winograd.out) * Blocks(r.winograd.in) * r.depth
	parallel.For(r.Workers, n, func(worker, i int) {
		a := &r.transform[worker]
		*a = transformArgs{n: wtap / lanes, tail: wtapB, stride: n * wtapB, points: at(r.sums, i*wtap),
			r0: at(r.Dst, i*9*wtap)}
		r.kernels.winograd.weightGrad(a)
	})
}

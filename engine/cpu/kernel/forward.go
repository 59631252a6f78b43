package kernel

// Forward is a convolution y = w*x + bias of blocked activations.
type Forward struct {
	shape    Shape
	direct   *direct      // or
	winograd *winogradSum // where UseWinograd says so
}

// NewForward plans a convolution. It panics on a shape that Shape.Validate refuses.
func NewForward(s Shape, l Level) *Forward { return NewForwardOf(s, l, Packed) }

// NewForwardOf plans a convolution whose weights come in a form. It panics where the form does not go
// with the shape or the level, see FormOf.
func NewForwardOf(s Shape, l Level, form Form) *Forward {
	s.must()
	if form != Packed && FormOf(s, l) != Points || form == HalfPoints && !HasHalf() {
		panic("kernel: weights as points for a convolution that sums directly, or in bfloat16 without AVX512_BF16")
	}
	return newForward(s, kernelsOf(l), form)
}

func newForward(s Shape, k *microkernels, form Form) *Forward {
	if k.winograd != nil && UseWinograd(s) {
		return &Forward{shape: s, winograd: newWinogradSum(s, k, false, form)}
	}
	return &Forward{shape: s, direct: newDirect(direct{
		kernels: k, n: s.N, in: s.In, out: s.Out, input: s.Extent, output: s.Output(),
		lattices: []*lattice{forwardLattice(s)},
	}, s.Kernel)}
}

// Partials returns the number of partial statistics per sample and channel.
func (f *Forward) Partials() int {
	if f.winograd != nil {
		return f.winograd.partials()
	}
	return len(f.direct.strips)
}

// StatsLen returns the elements of Call.Stats.
func (f *Forward) StatsLen() int { return f.shape.N * Blocks(f.shape.Out) * f.Partials() * column }

// Scratch returns the elements of Call.Scratch for a number of workers.
func (f *Forward) Scratch(workers int) int {
	n := groups(f.shape.Out) * group
	if f.winograd != nil {
		n += f.winograd.scratch(workers)
	}
	return n
}

// Run computes c.Dst from c.Src.
func (f *Forward) Run(c Call) {
	s := f.shape
	weights := PackedWeights(s.In, s.Out, s.Taps())
	if f.winograd != nil && f.winograd.form != Packed {
		weights = f.winograd.winograd.weights()
	}
	c.must(s.N, s.OutputSample(), s.InputSample(), weights, f.StatsLen())
	scratch := carver{c.Scratch}
	bias := padBias(&scratch, c.Bias, s.Out)
	if f.winograd != nil {
		f.winograd.run(c, bias, &scratch)
		return
	}
	f.direct.run(c, bias)
}

// must panics when an operand is too short.
func (c *Call) must(n, dst, src, weights, stats int) {
	c.Dst.must("result", n, dst)
	c.Src.must("operand", n, src)
	need("packed weights", c.Weights, weights)
	if c.Stats != nil {
		need("stats", c.Stats, stats)
	}
	if c.Workers < 1 {
		panic("kernel: a run needs at least one worker")
	}
}

// padBias returns the bias with zeros up to whole weight groups; all zeros for no bias.
func padBias(scratch *carver, bias []float32, channels int) []float32 {
	padded := scratch.take(groups(channels) * group)
	clear(padded)
	if bias != nil {
		copy(padded, need("bias", bias, channels))
	}
	return padded
}

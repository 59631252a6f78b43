package kernel

// GradInput is the gradient of a convolution with respect to its input, dx from dy, and with that also a
// transposed convolution.
type GradInput struct {
	shape    Shape
	kernels  *microkernels
	direct   *direct      // or
	winograd *winogradSum // where UseWinograd says so
}

// NewGradInput plans the gradient of the convolution s. It panics on a shape that Shape.Validate refuses.
func NewGradInput(s Shape, l Level) *GradInput {
	s.must()
	return newGradInput(s, kernelsOf(l))
}

func newGradInput(s Shape, k *microkernels) *GradInput {
	if k.winograd != nil && UseWinograd(s) {
		return &GradInput{shape: s, kernels: k, winograd: newWinogradSum(s, k, true, Packed)}
	}
	return &GradInput{shape: s, kernels: k, direct: newDirect(direct{
		kernels: k, n: s.N, in: s.Out, out: s.In, input: s.Output(), output: s.Extent,
		lattices: gradLattices(s),
	}, s.Kernel)}
}

// Partials returns the number of partial statistics per sample and channel.
func (g *GradInput) Partials() int {
	if g.winograd != nil {
		return g.winograd.partials()
	}
	return len(g.direct.strips)
}

// StatsLen returns the elements of Call.Stats.
func (g *GradInput) StatsLen() int { return g.shape.N * Blocks(g.shape.In) * g.Partials() * column }

// Scratch returns the elements of Call.Scratch for a number of workers.
func (g *GradInput) Scratch(workers int) int {
	s := g.shape
	n := groups(s.In)*group + PackedWeights(s.Out, s.In, s.Taps())
	if g.winograd != nil {
		n += g.winograd.scratch(workers)
	}
	return n
}

// Run computes c.Dst (dx, shaped like the convolution's input) from c.Src (dy). c.Weights are packed as
// the convolution's; c.Bias and c.Stats belong to Dst.
func (g *GradInput) Run(c Call) {
	s := g.shape
	c.must(s.N, s.InputSample(), s.OutputSample(), PackedWeights(s.In, s.Out, s.Taps()), g.StatsLen())
	scratch := carver{c.Scratch}
	bias := padBias(&scratch, c.Bias, s.In)
	turned := scratch.take(PackedWeights(s.Out, s.In, s.Taps()))
	g.kernels.transposeWeights(turned, c.Weights, Weights{s.In, s.Out, s.Taps()}, c.Workers)
	c.Weights = turned
	if g.winograd != nil {
		g.winograd.run(c, bias, &scratch)
		return
	}
	g.direct.run(c, bias)
}

package kernel

import "github.com/autoseg/autoseg/internal/parallel"

// PlanarForward is the convolution of a planar input with few channels, [n][c][z][y][x], to a blocked
// result: the first layer of a network. There is no gradient with respect to such an input.
type PlanarForward struct {
	shape   Shape
	kernels *microkernels
	input   planarInput
	out     [3]int
	table   []tapEntry
	tiles   []run
	strips  []strip
}

// NewPlanarForward plans the convolution. It panics on a shape that Shape.Validate refuses.
func NewPlanarForward(s Shape, l Level) *PlanarForward {
	s.must()
	f := &PlanarForward{shape: s, kernels: kernelsOf(l), input: newPlanarInput(s), out: s.Output()}
	for k := range s.In * s.Taps() {
		f.table = append(f.table, tapEntry{
			x: int32(4 * f.input.offset(k/s.Taps(), k%s.Taps())),
			w: int32(k * wstep),
		})
	}
	f.tiles = split(f.out[2], f.kernels.rows)
	for z := range f.out[0] {
		for _, r := range split(f.out[1], max(1, ceil(stripPixels, f.out[2]))) {
			f.strips = append(f.strips, strip{z: z, y0: r.first, y1: r.first + r.n, position: len(f.strips)})
		}
	}
	return f
}

// Partials returns the number of partial statistics per sample and channel.
func (f *PlanarForward) Partials() int { return len(f.strips) }

// StatsLen returns the elements of Call.Stats.
func (f *PlanarForward) StatsLen() int {
	return f.shape.N * Blocks(f.shape.Out) * f.Partials() * column
}

// Scratch returns the elements of Call.Scratch for a number of workers.
func (f *PlanarForward) Scratch(workers int) int {
	return groups(f.shape.Out)*group + round16(f.input.len())
}

// Run computes c.Dst from the planar c.Src; c.Weights are packed by PackPlanarWeights.
func (f *PlanarForward) Run(c Call) {
	s := f.shape
	planar := s.In * volume(s.Extent)
	c.must(s.N, s.OutputSample(), planar, PackedPlanarWeights(s.In, s.Out, s.Taps()), f.StatsLen())
	scratch := carver{c.Scratch}
	bias := padBias(&scratch, c.Bias, s.Out)
	padded := scratch.take(f.input.len())
	f.input.fill(padded, c.Src, c.Workers)
	args := make([]tileArgs, c.Workers)
	parallel.For(c.Workers, groups(s.Out)*s.N*len(f.strips), func(worker, i int) {
		a := &args[worker]
		*a = tileArgs{x: at(padded, 0), table: &f.table[0], taps: len(f.table), blocks: 1, ypixel: pixel,
			yblock: volume(f.out) * pixel, sblock: len(f.strips) * column * 4}
		g := i / (s.N * len(f.strips))
		a.w, a.bias = at(c.Weights, g*len(f.table)*group), at(bias, g*group)
		f.strip(a, &c, f.strips[i%len(f.strips)], i/len(f.strips)%s.N, g)
	})
}

func (f *PlanarForward) strip(a *tileArgs, c *Call, s strip, sample, g int) {
	blocks := min(2, Blocks(f.shape.Out)-2*g)
	column0 := ((sample*Blocks(f.shape.Out)+2*g)*len(f.strips) + s.position) * column
	if c.Stats != nil {
		for b := range blocks {
			clear(c.Stats[column0+b*len(f.strips)*column:][:column])
		}
	}
	weights, bias := a.w, a.bias
	kernels := f.kernels.planar[min(blocks, f.kernels.wide)-1]
	for y := s.y0; y < s.y1; y++ {
		from := f.input.start(sample, s.z, y)
		to := sample*c.Dst.Stride + ((2*g*f.out[0]+s.z)*f.out[1]+y)*f.out[2]*lanes
		for _, t := range f.tiles {
			a.w, a.bias = weights, bias
			a.at, a.pixels = (from+t.first)*4, t.n
			a.y = at(c.Dst.Data, to+t.first*lanes)
			if c.Stats != nil {
				a.stats = at(c.Stats, column0)
			}
			kernels[t.n-1](a)
			if blocks > f.kernels.wide {
				secondBlock(a)
				kernels[t.n-1](a)
			}
		}
	}
}

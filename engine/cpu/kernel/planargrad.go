package kernel

import "github.com/autoseg/autoseg/internal/parallel"

// planarTaps is the number of taps that the gradient kernel of planar inputs computes at once: 9 taps
// times 32 channels are 18 accumulators, and one row of a 3x3 plane of taps.
const planarTaps = 9

// PlanarGradWeight is the gradient of PlanarForward with respect to its weights.
type PlanarGradWeight struct {
	shape   Shape
	kernels *microkernels
	input   planarInput
	out     [3]int
	tables  [][planarTaps]int32
	rows    []strip
	chunks  int
}

// NewPlanarGradWeight plans the gradient. It panics on a shape that Shape.Validate refuses.
func NewPlanarGradWeight(s Shape, l Level) *PlanarGradWeight {
	s.must()
	g := &PlanarGradWeight{shape: s, kernels: kernelsOf(l), input: newPlanarInput(s), out: s.Output()}
	taps := s.In * s.Taps()
	for first := 0; first < taps; first += planarTaps {
		var table [planarTaps]int32
		for i := range table {
			k := min(first+i, taps-1) // surplus taps repeat the last one; nobody reads their sums
			table[i] = int32(4 * g.input.offset(k/s.Taps(), k%s.Taps()))
		}
		g.tables = append(g.tables, table)
	}
	for z := range g.out[0] {
		// dy of a unit is read once per table, so it should stay in the L1 or L2 cache.
		for _, r := range split(g.out[1], max(1, 512/g.out[2])) {
			g.rows = append(g.rows, strip{z: z, y0: r.first, y1: r.first + r.n})
		}
	}
	g.chunks = min(2*wantTasks, s.N*len(g.rows))
	return g
}

// part returns the elements of one partial sum of one weight group.
func (g *PlanarGradWeight) part() int { return len(g.tables) * planarTaps * group }

// Scratch returns the elements of GradCall.Scratch for a number of workers.
func (g *PlanarGradWeight) Scratch(workers int) int {
	return round16(g.input.len()) + groups(g.shape.Out)*g.chunks*g.part()
}

// Run computes c.Dst, packed like the weights, from the planar c.X.
func (g *PlanarGradWeight) Run(c GradCall) {
	s := g.shape
	c.must(s.N, s.In*volume(s.Extent), s.OutputSample(), PackedPlanarWeights(s.In, s.Out, s.Taps()))
	scratch := carver{c.Scratch}
	padded := scratch.take(g.input.len())
	g.input.fill(padded, c.X, c.Workers)
	tasks := groups(s.Out) * g.chunks
	parts := scratch.take(tasks * g.part())
	args := make([]planarGradArgs, c.Workers)
	parallel.For(c.Workers, tasks, func(worker, i int) {
		sum := parts[i*g.part():][:g.part()]
		clear(sum)
		args[worker] = planarGradArgs{x: at(padded, 0), xrow: s.Stride[1] * g.input.row() * 4,
			dyrow: g.out[2] * pixel, dyblock: volume(g.out) * pixel, pixels: g.out[2]}
		g.chunk(&args[worker], c.DY, sum, padded, i/g.chunks, i%g.chunks)
	})
	taps := s.In * s.Taps() * group
	for w := range groups(s.Out) {
		dst := c.Dst[w*taps:][:taps]
		clear(dst)
		for k := range g.chunks {
			for j, v := range parts[(w*g.chunks+k)*g.part():][:taps] {
				dst[j] += v
			}
		}
	}
}

func (g *PlanarGradWeight) chunk(a *planarGradArgs, dy Activation, sum, padded []float32, w, chunk int) {
	blocks := min(2, Blocks(g.shape.Out)-2*w)
	a.outputs = blocks * lanes
	units := g.shape.N * len(g.rows)
	for u := chunk * units / g.chunks; u < (chunk+1)*units/g.chunks; u++ {
		sample, rows := u/len(g.rows), g.rows[u%len(g.rows)]
		from := sample*dy.Stride + ((2*w*g.out[0]+rows.z)*g.out[1]+rows.y0)*g.out[2]*lanes
		a.x, a.dy = at(padded, g.input.start(sample, rows.z, rows.y0)), at(dy.Data, from)
		for t := range g.tables {
			a.rows = rows.y1 - rows.y0 // the kernel counts it down
			a.table, a.dw = &g.tables[t][0], at(sum, t*planarTaps*group)
			g.kernels.planarGrad[blocks-1](a)
		}
	}
}

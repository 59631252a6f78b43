package kernel

import (
	"unsafe"

	"github.com/autoseg/autoseg/internal/parallel"
)

// direct is a convolution by direct sums, forward or with respect to its input, as tiles of rows.
type direct struct {
	kernels       *microkernels
	n, in, out    int // samples, channels read, channels written
	input, output [3]int
	taps          int
	lattices      []*lattice
	strips        []strip
	together      int   // weight groups that one task computes
	samples       int   // samples that one task computes: 2 where rows are short
	parts         []run // input blocks that are summed at a time
}

// strip is a range of rows of one plane of a lattice: the unit of work and of partial statistics.
type strip struct {
	lattice  *lattice
	z        int
	y0, y1   int
	position int // number of the strip
}

const (
	stripPixels = 2048      // pixels of a strip, about: partial sums stay short and 2D layers still split
	innerBytes  = 512 << 10 // weights of all groups that may stay in the L2 cache together
	partBytes   = 448 << 10 // weights of a group that a strip reads at a time, to find them in the cache again
)

func newDirect(d direct, kernel [3]int) *direct {
	most := 0
	for _, l := range d.lattices {
		l.build(d.kernels.rows, kernel, d.input)
		most = max(most, l.axes[0].n)
	}
	d.taps = volume(kernel)
	for z := range most {
		d.appendStrips(z)
	}
	// While the weights of all groups stay in the cache together, they are the inner loop, so that an
	// input row is fetched from memory once.
	d.together, d.samples = 1, 1
	d.parts = split(Blocks(d.in), max(1, partBytes/(d.taps*wtapB)))
	if shortest := d.lattices[0].axes[2]; d.n > 1 && shortest.step == 1 && shortest.n <= len(d.kernels.pairs) {
		d.samples = 2
	}
	if PackedWeights(d.in, d.out, d.taps)*4 <= innerBytes {
		d.together = groups(d.out)
	}
	return &d
}

// appendStrips adds the strips of plane z, the lattices side by side because they read the same rows.
func (d *direct) appendStrips(z int) {
	rows := max(1, ceil(stripPixels, d.lattices[0].axes[2].n))
	for _, r := range split(d.lattices[0].axes[1].n, rows) {
		for _, l := range d.lattices {
			y1 := min(r.first+r.n, l.axes[1].n)
			if z < l.axes[0].n && r.first < y1 {
				d.strips = append(d.strips, strip{l, z, r.first, y1, len(d.strips)})
			}
		}
	}
}

// directRun is one run of a plan.
type directRun struct {
	*direct
	Call
	bias []float32 // padded
}

func (d *direct) run(c Call, bias []float32) {
	r := &directRun{d, c, bias}
	args := make([]tileArgs, c.Workers)
	tasks := len(d.strips) * ceil(d.n, d.samples)
	outer := ceil(groups(d.out), d.together)
	parallel.For(c.Workers, outer*tasks, func(worker, i int) {
		r.strip(&args[worker], d.strips[i%len(d.strips)], i%tasks/len(d.strips)*d.samples, i/tasks*d.together)
	})
}

// strip computes the rows of a strip for the samples of a task and the weight groups from g0.
func (r *directRun) strip(a *tileArgs, s strip, sample, g0 int) {
	g1 := min(g0+r.together, groups(r.out))
	*a = tileArgs{
		xblock: volume(r.input) * pixel,
		wblock: r.taps * wtapB,
		yblock: volume(r.output) * pixel,
		ypixel: s.lattice.axes[2].every * pixel,
		xpixel: s.lattice.axes[2].step * pixel,
		sblock: len(r.strips) * column * 4,
		xpair:  r.Src.Stride * 4,
		ypair:  r.Dst.Stride * 4,
		spair:  Blocks(r.out) * len(r.strips) * column * 4,
	}
	samples := min(r.samples, r.n-sample)
	for i := range samples {
		r.clearStats(s, sample+i, g0, g1)
	}
	for _, part := range r.parts {
		for y := s.y0; y < s.y1; y++ {
			for g := g0; g < g1; g++ {
				r.rows(a, place{s, sample, y, g, part}, samples)
			}
		}
	}
}

// rows computes a row of each sample.
func (r *directRun) rows(a *tileArgs, p place, samples int) {
	blocks := min(2, Blocks(r.out)-2*p.group)
	if samples == 2 && blocks == 2 {
		r.row(a, p, r.kernels.pairs)
		return
	}
	kernels := r.kernels.tile(p.lattice.axes[2].step, min(blocks, r.kernels.wide))
	for range samples {
		r.row(a, p, kernels)
		p.sample++
	}
}

// lastInputs returns the channels of the last input block, rounded up to a multiple of four, the number
// of channels between two jumps of the tile kernels. The surplus multiplies zero weights.
func lastInputs(channels int) int { return (channels-1)%lanes/4*4 + 4 }

func (r *directRun) clearStats(s strip, sample, g0, g1 int) {
	if r.Stats == nil {
		return
	}
	for b := 2 * g0; b < min(2*g1, Blocks(r.out)); b++ {
		clear(r.Stats[r.column(s, sample, b):][:column])
	}
}

func (r *directRun) column(s strip, sample, block int) int {
	return ((sample*Blocks(r.out)+block)*len(r.strips) + s.position) * column
}

// place is a row of a lattice's plane, in one sample and weight group, and the input blocks to sum.
type place struct {
	strip
	sample, y, group int
	part             run
}

// row computes one row, or with the kernels of pairs also the same row of the next sample.
func (r *directRun) row(a *tileArgs, p place, kernels tileTable) {
	l, g := p.lattice, p.group
	ax := &l.axes
	zin, yin := p.z*ax[0].step, p.y*ax[1].step
	zout, yout := ax[0].first+p.z*ax[0].every, ax[1].first+p.y*ax[1].every
	a.x = at(r.Src.Data, p.sample*r.Src.Stride)
	dst := p.sample*r.Dst.Stride + ((2*g*r.output[0]+zout)*r.output[1]+yout)*r.output[2]*lanes
	weights := at(r.Weights, (g*Blocks(r.in)+p.part.first)*r.taps*wtap)
	a.resume, a.last = p.part.first, lanes
	final := p.part.first+p.part.n == Blocks(r.in)
	if final {
		a.last = lastInputs(r.in)
	}
	tabs := l.tables[l.class[0][p.z]][l.class[1][p.y]]
	for i := range l.tiles {
		t := &l.tiles[i]
		a.blocks, a.taps, a.table = 0, len(tabs[i])-prefetched, nil
		if a.taps > 0 {
			a.blocks, a.table = p.part.n, &tabs[i][0]
		}
		a.at = p.part.first*a.xblock + ((zin*r.input[1]+yin)*r.input[2]+t.first*ax[2].step)*pixel
		a.y = at(r.Dst.Data, dst+(ax[2].first+t.first*ax[2].every)*lanes)
		a.w, a.bias, a.stats, a.pixels = weights, at(r.bias, g*group), nil, t.n
		if final && r.Stats != nil {
			a.stats = at(r.Stats, r.column(p.strip, p.sample, 2*g))
		}
		kernels[t.n-1](a)
		if min(2, Blocks(r.out)-2*g) > r.kernels.wide {
			secondBlock(a)
			kernels[t.n-1](a)
		}
	}
}

// secondBlock moves the arguments to the second output block of a group.
func secondBlock(a *tileArgs) {
	a.w = unsafe.Add(a.w, lanes*4)
	a.y = unsafe.Add(a.y, a.yblock)
	a.bias = unsafe.Add(a.bias, lanes*4)
	if a.stats != nil {
		a.stats = unsafe.Add(a.stats, a.sblock)
	}
}

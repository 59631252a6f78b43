package kernel

import "github.com/autoseg/autoseg/internal/parallel"

// planarInput is the zero-padded copy of a planar input that the first layer's kernels read. For a
// stride s along x the row is stored as s rows of every s-th pixel, so that the pixels of one tap are
// always neighbours.
type planarInput struct {
	shape  Shape
	planes [2]int // padded extent along z and y
	phase  int    // pixels of one phase of a row
}

func newPlanarInput(s Shape) planarInput {
	p := planarInput{shape: s}
	for i := range p.planes {
		p.planes[i] = s.Extent[i] + 2*s.Pad[i]
	}
	p.phase = ceil(s.Extent[2]+2*s.Pad[2], s.Stride[2])
	return p
}

func (p *planarInput) row() int     { return p.phase * p.shape.Stride[2] }
func (p *planarInput) channel() int { return p.planes[0] * p.planes[1] * p.row() }

// len returns the elements of the copy. A partial tile never reads beyond its pixels, so no slack.
func (p *planarInput) len() int { return p.shape.N * p.shape.In * p.channel() }

// offset returns the place of a tap's input for output pixel (0, 0, 0) of a sample.
func (p *planarInput) offset(channel, tap int) int {
	k := p.shape.Kernel
	z, y, x := tap/(k[1]*k[2]), tap/k[2]%k[1], tap%k[2]
	stride := p.shape.Stride[2]
	return channel*p.channel() + (z*p.planes[1]+y)*p.row() + x%stride*p.phase + x/stride
}

// start returns the place of output row (z, y) of a sample.
func (p *planarInput) start(sample, z, y int) int {
	s := p.shape
	return sample*s.In*p.channel() + (z*s.Stride[0]*p.planes[1]+y*s.Stride[1])*p.row()
}

// fill copies the input.
func (p *planarInput) fill(dst []float32, src Activation, workers int) {
	s := p.shape
	plane := p.planes[1] * p.row()
	parallel.For(workers, s.N*s.In*p.planes[0], func(_, i int) {
		z, c, n := i%p.planes[0]-s.Pad[0], i/p.planes[0]%s.In, i/p.planes[0]/s.In
		out := dst[i*plane:][:plane]
		clear(out)
		if z < 0 || z >= s.Extent[0] {
			return
		}
		for y := range s.Extent[1] {
			in := src.Data[n*src.Stride+((c*s.Extent[0]+z)*s.Extent[1]+y)*s.Extent[2]:][:s.Extent[2]]
			p.fillRow(out[(y+s.Pad[1])*p.row():][:p.row()], in)
		}
	})
}

func (p *planarInput) fillRow(dst, src []float32) {
	stride, pad := p.shape.Stride[2], p.shape.Pad[2]
	if stride == 1 {
		copy(dst[pad:], src)
		return
	}
	for x, v := range src {
		dst[(x+pad)%stride*p.phase+(x+pad)/stride] = v
	}
}

// PackedPlanarWeights returns the elements of the packed weights of a convolution of a planar input.
func PackedPlanarWeights(in, out, taps int) int { return groups(out) * in * taps * group }

// PackPlanarWeights writes weights [out][in][tap] as [out/32][in][tap][32], padding zero.
func PackPlanarWeights(dst, src []float32, w Weights) {
	dst = need("packed weights", dst, PackedPlanarWeights(w.In, w.Out, w.Taps))
	clear(dst)
	k := w.In * w.Taps
	for o := range w.Out {
		for i, v := range src[o*k : (o+1)*k] {
			dst[(o/group*k+i)*group+o%group] = v
		}
	}
}

// UnpackPlanarWeights is the inverse of PackPlanarWeights.
func UnpackPlanarWeights(dst, src []float32, w Weights) {
	src = need("packed weights", src, PackedPlanarWeights(w.In, w.Out, w.Taps))
	k := w.In * w.Taps
	for o := range w.Out {
		for i := range k {
			dst[o*k+i] = src[(o/group*k+i)*group+o%group]
		}
	}
}

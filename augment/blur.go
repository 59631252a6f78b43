package augment

import (
	"math"
	"math/rand/v2"
)

// Blur convolves channels with a Gaussian of its own width along every axis. At the border the image
// is mirrored without repeating the edge.
type Blur struct {
	// Sigma is the range of widths in voxels, drawn per channel and axis.
	Sigma Interval
	// PerChannel is the share of channels that are blurred.
	PerChannel float64
	// Flat leaves axis 0 alone: 2D patches.
	Flat bool
}

// BlurParams are the drawn widths of one channel, in voxels per axis; 0 leaves an axis alone.
type BlurParams struct{ Sigma [3]float64 }

// Draw draws the widths of one channel.
func (b Blur) Draw(rng *rand.Rand) BlurParams {
	var p BlurParams
	if rng.Float64() >= b.PerChannel {
		return p
	}
	for axis := range 3 {
		if axis > 0 || !b.Flat {
			p.Sigma[axis] = b.Sigma.Uniform(rng)
		}
	}
	return p
}

// Apply draws widths for every channel and blurs.
func (b Blur) Apply(patch *Patch, rng *rand.Rand) {
	for c := range patch.Channels {
		b.Draw(rng).Apply(patch, c)
	}
}

// Apply blurs channel c, axis 0 first.
func (b BlurParams) Apply(patch *Patch, c int) {
	x, shape := patch.Channel(c), patch.Shape
	for axis, sigma := range b.Sigma {
		if sigma == 0 {
			continue
		}
		patch.kernel = gaussianKernel(patch.kernel[:0], sigma)
		radius := len(patch.kernel) / 2
		if axis < 2 {
			outer, n, inner := shape[0], shape[1], shape[2]
			if axis == 0 {
				outer, n, inner = 1, shape[0], shape[1]*shape[2]
			}
			spare := patch.scratch(n * inner)
			for o := range outer {
				slab := x[o*n*inner:][:n*inner]
				copy(spare, slab)
				blurSlab(slab, spare, patch.kernel, inner)
			}
			continue
		}
		padded := patch.scratch(shape[2] + 2*radius)
		for o := 0; o < len(x); o += shape[2] {
			blurRow(x[o:o+shape[2]], padded, patch.kernel)
		}
	}
}

// gaussianKernel appends the samples of exp(-x²/2σ²), normalised; the length is the odd number
// nearest to 6σ+0.5.
func gaussianKernel(k []float32, sigma float64) []float32 {
	radius := int((6*sigma + 0.5) / 2)
	sum := 0.0
	for i := -radius; i <= radius; i++ {
		sum += math.Exp(-float64(i*i) / (2 * sigma * sigma))
	}
	for i := -radius; i <= radius; i++ {
		k = append(k, float32(math.Exp(-float64(i*i)/(2*sigma*sigma))/sum))
	}
	return k
}

// blurSlab convolves along the rows of inner numbers that src consists of.
func blurSlab(dst, src, kernel []float32, inner int) {
	n, radius := len(src)/inner, len(kernel)/2
	for i := range n {
		d, centre := dst[i*inner:(i+1)*inner], src[i*inner:(i+1)*inner]
		w := kernel[radius]
		for j, v := range centre {
			d[j] = w * v
		}
		for t := 1; t <= radius; t++ {
			w = kernel[radius+t]
			before, after := src[reflect(i-t, n)*inner:][:inner], src[reflect(i+t, n)*inner:][:inner]
			d := d[:len(before)]
			after = after[:len(before)]
			for j, v := range before {
				d[j] += w * (v + after[j])
			}
		}
	}
}

// blurRow convolves one row in place; padded has room for it and a radius on both sides.
func blurRow(x, padded, kernel []float32) {
	n, radius := len(x), len(kernel)/2
	copy(padded[radius:], x)
	for t := 1; t <= radius; t++ {
		padded[radius-t], padded[radius+n-1+t] = x[reflect(-t, n)], x[reflect(n-1+t, n)]
	}
	centre := padded[radius : radius+n]
	w := kernel[radius]
	for i, v := range centre {
		x[i] = w * v
	}
	for t := 1; t <= radius; t++ {
		w = kernel[radius+t]
		before, after := padded[radius-t:][:n], padded[radius+t:][:n]
		for i, v := range before {
			x[i] += w * (v + after[i])
		}
	}
}

// reflect mirrors an index into [0, n) without repeating the edge.
func reflect(i, n int) int {
	if n == 1 {
		return 0
	}
	for i < 0 || i >= n {
		if i < 0 {
			i = -i
		} else {
			i = 2*(n-1) - i
		}
	}
	return i
}

package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// window is the geometry that a convolution, its two gradients and their transposed relatives share:
// output position o and kernel position k meet at input position i = o*stride + k - pad, per axis.
// The wide side has the channels and extents of the convolution's input, the narrow side those of its
// output, and the weights are (narrow channel, wide channel, kernel).
type window struct {
	kernel, stride, pad [3]int
	samples             int
	wide, narrow        int
	in, out             [3]int
}

func newWindow(a engine.ConvAttributes, wide, narrow engine.Shape) window {
	return window{
		kernel: a.Kernel, stride: a.Stride, pad: a.Pad, samples: wide[0],
		wide: wide[1], narrow: narrow[1], in: wide.Spatial(), out: narrow.Spatial(),
	}
}

// narrowed returns the extent of a convolution's result, floor((in + 2 pad - kernel)/stride) + 1.
func narrowed(a engine.ConvAttributes, in [3]int) ([3]int, error) {
	var out [3]int
	for i := range out {
		if a.Kernel[i] < 1 || a.Stride[i] < 1 || a.Pad[i] < 0 {
			return out, fmt.Errorf("kernel %v, stride %v, padding %v", a.Kernel, a.Stride, a.Pad)
		}
		if out[i] = (in[i]+2*a.Pad[i]-a.Kernel[i])/a.Stride[i] + 1; in[i]+2*a.Pad[i] < a.Kernel[i] {
			return out, fmt.Errorf("kernel %v does not fit into extent %v with padding %v", a.Kernel, in, a.Pad)
		}
	}
	return out, nil
}

// widened returns the extent of a transposed convolution's result, (in-1)*stride - 2 pad + kernel.
func widened(a engine.ConvAttributes, in [3]int) ([3]int, error) {
	var out [3]int
	for i := range out {
		if a.Kernel[i] < 1 || a.Stride[i] < 1 || a.Pad[i] < 0 {
			return out, fmt.Errorf("kernel %v, stride %v, padding %v", a.Kernel, a.Stride, a.Pad)
		}
		if out[i] = (in[i]-1)*a.Stride[i] - 2*a.Pad[i] + a.Kernel[i]; out[i] < 1 {
			return out, fmt.Errorf("padding %v leaves nothing of extent %v", a.Pad, in)
		}
	}
	return out, nil
}

// span returns the half-open range of output positions along x that meet an input with kernel column k.
func (g *window) span(k int) (from, to int) {
	s, shift := g.stride[2], k-g.pad[2]
	if shift < 0 {
		from = (-shift + s - 1) / s
	}
	last := g.in[2] - 1 - shift // largest o*s that still meets an input
	if last < 0 {
		return 0, 0
	}
	if to = min(g.out[2], last/s+1); to <= from {
		return 0, 0
	}
	return from, to
}

// input returns the input position that output o meets with kernel position k along an axis.
func (g *window) input(axis, o, k int) (int, bool) {
	i := o*g.stride[axis] + k - g.pad[axis]
	return i, i >= 0 && i < g.in[axis]
}

// output returns the output position that meets input i with kernel position k along an axis.
func (g *window) output(axis, i, k int) (int, bool) {
	t := i + g.pad[axis] - k
	o := t / g.stride[axis]
	return o, t >= 0 && o*g.stride[axis] == t && o < g.out[axis]
}

// wideRow returns the row (z, y) of a channel on the wide side.
func wideRow[T engine.Float](g *window, x []T, n, c, z, y int) []T {
	at := (((n*g.wide+c)*g.in[0]+z)*g.in[1] + y) * g.in[2]
	return x[at : at+g.in[2]]
}

// narrowRow returns the row (z, y) of a channel on the narrow side.
func narrowRow[T engine.Float](g *window, y []T, n, f, z, row int) []T {
	at := (((n*g.narrow+f)*g.out[0]+z)*g.out[1] + row) * g.out[2]
	return y[at : at+g.out[2]]
}

// weightRow returns the row (kz, ky) of the weights between two channels.
func weightRow[T engine.Float](g *window, w []T, f, c, kz, ky int) []T {
	at := (((f*g.wide+c)*g.kernel[0]+kz)*g.kernel[1] + ky) * g.kernel[2]
	return w[at : at+g.kernel[2]]
}

package kernel

import "github.com/autoseg/autoseg/internal/parallel"

// PackedWeights returns the elements of the packed weights of a convolution.
func PackedWeights(in, out, taps int) int { return groups(out) * Blocks(in) * taps * wtap }

// groups returns the number of weight blocks of 32 output channels.
func groups(channels int) int { return ceil(channels, group) }

// Weights says how many channels and taps an array of weights has.
type Weights struct{ In, Out, Taps int }

// packedAt returns the place of a weight in the packed form.
func (w Weights) packedAt(out, in, tap int) int {
	block := out/group*Blocks(w.In) + in/lanes
	return (block*w.Taps+tap)*wtap + in%lanes*group + out%group
}

// PackWeights writes weights [out][in][tap] in packed form, padding zero.
func PackWeights(dst, src []float32, w Weights) {
	dst = need("packed weights", dst, PackedWeights(w.In, w.Out, w.Taps))
	src = need("weights", src, w.In*w.Out*w.Taps)
	clear(dst)
	for o := range w.Out {
		for i := range w.In {
			d := w.packedAt(o, i, 0)
			for t, v := range src[(o*w.In+i)*w.Taps:][:w.Taps] {
				dst[d+t*wtap] = v
			}
		}
	}
}

// UnpackWeights is the inverse of PackWeights.
func UnpackWeights(dst, src []float32, w Weights) {
	src = need("packed weights", src, PackedWeights(w.In, w.Out, w.Taps))
	dst = need("weights", dst, w.In*w.Out*w.Taps)
	for o := range w.Out {
		for i := range w.In {
			s := w.packedAt(o, i, 0)
			to := dst[(o*w.In+i)*w.Taps:][:w.Taps]
			for t := range to {
				to[t] = src[s+t*wtap]
			}
		}
	}
}

// transposeWeights exchanges input and output channels of packed weights. The result is packed as the
// weights of a convolution with w.Out input and w.In output channels.
func transposeWeights(dst, src []float32, w Weights, workers int) {
	inputs, outputs := Blocks(w.In), Blocks(w.Out)
	parallel.For(workers, groups(w.In)*outputs, func(_, i int) {
		g, b := i/outputs, i%outputs // 32 in (now outputs), 16 out (now inputs)
		for t := range w.Taps {
			d := dst[(i*w.Taps+t)*wtap:][:wtap]
			for half := range 2 {
				if 2*g+half >= inputs {
					clearHalf(d[lanes:])
					continue
				}
				s := src[((b/2*inputs+2*g+half)*w.Taps+t)*wtap+b%2*lanes:]
				transpose16(d[half*lanes:], s)
			}
		}
	})
}

// transpose16 transposes a 16x16 block; rows of both sides are 32 apart.
func transpose16(dst, src []float32) {
	dst, src = dst[:15*group+lanes], src[:15*group+lanes]
	for r := range lanes {
		for c, v := range src[r*group : r*group+lanes] {
			dst[c*group+r] = v
		}
	}
}

func clearHalf(d []float32) {
	for r := range lanes {
		clear(d[r*group : r*group+lanes])
	}
}

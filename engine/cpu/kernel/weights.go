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
func (m *microkernels) transposeWeights(dst, src []float32, w Weights, workers int) {
	inputs, outputs := Blocks(w.In), Blocks(w.Out)
	args := make([]transposeArgs, workers)
	parallel.For(workers, groups(w.In)*outputs, func(worker, i int) {
		g, b := i/outputs, i%outputs // 32 in (now outputs), 16 out (now inputs)
		d := dst[i*w.Taps*wtap:][:w.Taps*wtap]
		for half := range 2 {
			if 2*g+half >= inputs {
				for r := lanes; r < len(d); r += group {
					clear(d[r : r+lanes])
				}
				continue
			}
			a := &args[worker]
			*a = transposeArgs{dst: at(d, half*lanes), n: w.Taps,
				src: at(src, (b/2*inputs+2*g+half)*w.Taps*wtap+b%2*lanes)}
			m.transpose(a)
		}
	})
}

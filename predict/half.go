package predict

import "math"

// half rounds to the nearest number of IEEE half precision, ties to even, without its overflow: nnU-Net
// keeps sums of logits in half precision, and where the Gaussian is as small as half precision can say
// (the corners of the outermost windows) the rounding decides the result, so it is part of the method.
func half(v float32) float32 {
	const smallest = 1.0 / (1 << 14) // below lie the subnormal halves, multiples of 2^-24
	if v < smallest && v > -smallest {
		// float32 numbers between 0.5 and 1 are 2^-24 apart, so the sum rounds as wanted.
		if v < 0 {
			return (v - 0.5) + 0.5
		}
		return (v + 0.5) - 0.5
	}
	b := math.Float32bits(v)
	b += 0xfff + b>>13&1
	return math.Float32frombits(b &^ 0x1fff)
}

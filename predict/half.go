package predict

import "math"

// nnU-Net keeps sums of logits in half precision, and where the Gaussian is as small as half precision
// can say (the corners of the outermost windows) the rounding decides the result, so it is part of the
// method. Here they are stored so too: half the memory for the largest array of a prediction.

const (
	smallestNormal = 1.0 / (1 << 14) // below lie the subnormal halves, multiples of 2^-24
	infinite       = 0x7c00
	sign           = 0x8000
	exponent       = 0x7c00
)

// half rounds to the nearest number of IEEE half precision, ties to even, without its overflow.
func half(v float32) float32 {
	if v < smallestNormal && v > -smallestNormal {
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

// toHalf encodes the nearest number of half precision, ties to even.
func toHalf(v float32) uint16 {
	b := math.Float32bits(v)
	s := uint16(b >> 16 & sign)
	b &= 1<<31 - 1
	switch {
	case b < 0x38800000: // a subnormal half: its bits count multiples of 2^-24, see half
		return s | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	case b >= 0x47800000: // 65536 and above, infinity, NaN
		if b > 0x7f800000 {
			return s | infinite | 1<<9
		}
		return s | infinite
	}
	b += 0xfff + b>>13&1
	return s | uint16(b>>13-112<<10) // 65520 and above become infinite by carrying over
}

// fromHalf decodes a number of half precision.
func fromHalf(h uint16) float32 {
	s, b := uint32(h&sign)<<16, uint32(h&^sign)
	switch {
	case b < 1<<10: // a subnormal half
		return math.Float32frombits(math.Float32bits(math.Float32frombits(0x3f000000|b)-0.5) | s)
	case b >= infinite:
		return math.Float32frombits(s | 0x7f800000 | b<<13)
	}
	return math.Float32frombits(s | (b<<13 + 112<<23))
}

// Package float16 converts and rounds numbers of IEEE 754 half precision, in which nnU-Net keeps sums
// of logits and some weights are stored.
package float16

import "math"

const (
	smallestNormal = 1.0 / (1 << 14) // below lie the subnormal halves, multiples of 2^-24
	infinite       = 0x7c00
	sign           = 0x8000
	largest        = 65504
)

// FromBits decodes a half, which float32 holds exactly.
func FromBits(h uint16) float32 {
	s, b := uint32(h&sign)<<16, uint32(h&^sign)
	switch {
	case b < 1<<10: // a subnormal half: float32 numbers from 0.5 are 2^-24 apart
		return math.Float32frombits(math.Float32bits(math.Float32frombits(0x3f000000|b)-0.5) | s)
	case b >= infinite:
		return math.Float32frombits(s | 0x7f800000 | b<<13)
	}
	return math.Float32frombits(s | (b<<13 + 112<<23))
}

// IsFinite says whether a half is neither infinite nor NaN.
func IsFinite(h uint16) bool { return h&infinite != infinite }

// Bits encodes the nearest half, ties to even; from 65520 on that is infinity.
func Bits(v float32) uint16 {
	b := math.Float32bits(v)
	s := uint16(b >> 16 & sign)
	b &= 1<<31 - 1
	switch {
	case b < 0x38800000: // a subnormal half: its bits count multiples of 2^-24
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

// RoundFinite rounds to the nearest half, ties to even, but without its overflow: numbers beyond the
// largest half keep eleven digits and their size.
func RoundFinite(v float32) float32 {
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

// Round returns the half closest to a float64, ties to even, as numpy converts float64 to float16:
// rounded once, beyond 65504 infinite, below 2^-24 fading to zero.
func Round(v float64) float64 {
	bits := math.Float64bits(v)
	exponent := int(bits>>52&0x7ff) - 1023
	switch {
	case exponent == 1024: // infinite or NaN
		return v
	case exponent < -14: // subnormal: multiples of 2^-24
		return math.Copysign(math.RoundToEven(v*(1<<24))/(1<<24), v)
	}
	// Keep 10 of 52 mantissa bits. A carry into the exponent is what rounding up to the next power
	// of two means.
	const dropped = 42
	bits += 1<<(dropped-1) - 1 + bits>>dropped&1
	rounded := math.Float64frombits(bits &^ (1<<dropped - 1))
	if math.Abs(rounded) > largest {
		return math.Inf(int(math.Copysign(1, v)))
	}
	return rounded
}

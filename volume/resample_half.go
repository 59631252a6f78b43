package volume

import "math"

// RoundHalf returns the IEEE half precision number closest to v, ties to even, as numpy converts
// float64 to float16: beyond 65504 it becomes infinite, below 2^-24 it fades to zero.
func RoundHalf(v float64) float64 {
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
	if math.Abs(rounded) > 65504 {
		return math.Inf(int(math.Copysign(1, v)))
	}
	return rounded
}

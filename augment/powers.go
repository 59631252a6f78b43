package augment

import "math"

// powers computes t^g for t in [0, 1] by two small tables: with t = 2^e·m, t^g = (2^e)^g · m^g. The
// mantissa's power is interpolated linearly between 1024 places, which is off by at most
// |g(g-1)|/8 · 2^-20 relatively: less than one ulp of float32 for the exponents in use.
type powers struct {
	exponent [128]float32  // (2^-i)^g
	mantissa [1025]float32 // (1+i/1024)^g
}

const mantissaBits = 10

func (p *powers) prepare(g float64) {
	for i := range p.exponent {
		p.exponent[i] = float32(math.Exp2(-float64(i) * g))
	}
	for i := range p.mantissa {
		p.mantissa[i] = float32(math.Pow(1+float64(i)/(1<<mantissaBits), g))
	}
}

// of returns t^g; 0 for t <= 0 and denormal t, and 1 for t > 1, where rounding of the range may lead.
func (p *powers) of(t float32) float32 {
	if !(t > 0) {
		return 0
	}
	bits := math.Float32bits(min(t, 1))
	below := 127 - bits>>23 // t = 2^-below · m
	if below > 126 {
		return 0
	}
	i := bits >> (23 - mantissaBits) & (1<<mantissaBits - 1)
	rest := float32(bits&(1<<(23-mantissaBits)-1)) * (1.0 / (1 << (23 - mantissaBits)))
	m := p.mantissa[i]
	return p.exponent[below&127] * (m + rest*(p.mantissa[i+1]-m))
}

package float16

import (
	"math"
	"testing"
)

// value is the meaning of a half's bits: sign, exponent and fraction as IEEE 754 says.
func value(h uint16) float64 {
	exponent, fraction := int(h>>10&31), float64(h&1023)
	v := math.Ldexp(1+fraction/1024, exponent-15)
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 31:
		v = math.Inf(1)
		if fraction != 0 {
			return math.NaN()
		}
	}
	if h>>15 != 0 {
		return -v
	}
	return v
}

func TestHalvesSurviveTheWayBack(t *testing.T) {
	for h := range 1 << 16 {
		v := FromBits(uint16(h))
		if want := float32(value(uint16(h))); v != want && !math.IsNaN(float64(want)) {
			t.Fatalf("%#04x is %g, want %g", h, v, want)
		}
		if got := Bits(v); got != uint16(h) && !math.IsNaN(float64(v)) {
			t.Fatalf("%#04x became %#04x", h, got)
		}
	}
}

func TestBitsRoundToEven(t *testing.T) {
	for bits := uint64(0); bits < 1<<32; bits += 4099 {
		v := math.Float32frombits(uint32(bits))
		got, want := FromBits(Bits(v)), float32(Round(float64(v)))
		if math.Abs(float64(v)) >= 65520 {
			want = float32(math.Copysign(math.Inf(1), float64(v)))
		}
		if got != want && !(math.IsNaN(float64(got)) && math.IsNaN(float64(v))) {
			t.Fatalf("%g became %g, want %g", v, got, want)
		}
		if h := RoundFinite(v); math.Abs(float64(v)) < 65520 && h != got {
			t.Fatalf("RoundFinite(%g) is %g, but stored it is %g", v, h, got)
		}
	}
}

func TestRound(t *testing.T) {
	for name, c := range map[string]struct{ in, want float64 }{
		"exact":            {0.5, 0.5},
		"tie to even down": {1 + 1.0/2048, 1},
		"tie to even up":   {1 + 3.0/2048, 1 + 2.0/1024},
		"above a tie":      {1 + 1.0/2048 + 1e-12, 1 + 1.0/1024},
		"carry":            {1.9999, 2},
		"negative":         {-3.14159, -3.140625},
		"largest":          {65519.9, 65504},
		"too large":        {65520, math.Inf(1)},
		"subnormal":        {3.1 / (1 << 24), 3.0 / (1 << 24)},
		"subnormal tie":    {2.5 / (1 << 24), 2.0 / (1 << 24)},
		"vanishing":        {1e-9, 0},
		"zero":             {0, 0},
		"infinite":         {math.Inf(-1), math.Inf(-1)},
	} {
		if got := Round(c.in); got != c.want {
			t.Errorf("%s: Round(%g) = %g, want %g", name, c.in, got, c.want)
		}
	}
	if !math.IsNaN(Round(math.NaN())) {
		t.Error("NaN is lost")
	}
	for h := range uint16(0x7c00) {
		if v := float64(FromBits(h)); Round(v) != v {
			t.Fatalf("%g is a half precision number, but became %g", v, Round(v))
		}
	}
}

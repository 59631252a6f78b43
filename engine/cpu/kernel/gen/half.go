package main

import "fmt"

// The instructions of AVX512_BF16 are unknown to Go's assembler, so they are written as bytes.

// f3 0f38 is the part of the opcode map that holds them, as EVEX without masks on 512 bits (Intel's
// manual, volume 2, section 2.7): registers are complemented, a fifth bit lies apart.
func evexHalf(opcode, d, a, b int, hasA bool) string {
	bit := func(r, n int) int { return 1 - r>>n&1 }
	p0 := bit(d, 3)<<7 | bit(b, 4)<<6 | bit(b, 3)<<5 | bit(d, 4)<<4 | 2
	v, v4 := 15, 1
	if hasA {
		v, v4 = ^a&15, bit(a, 4)
	}
	p1 := v<<3 | 1<<2 | 2
	p2 := 2<<5 | v4<<3
	text := ""
	for i, value := range []int{0x62, p0, p1, p2, opcode, 0xc0 | d&7<<3 | b&7} {
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("BYTE $0x%02x", value)
	}
	return text
}

// dotHalf writes VDPBF16PS: d += a*b, summed over the pair of bfloat16 in each of 16 lanes.
func (f *file) dotHalf(a, b, d int) {
	f.p("%s // VDPBF16PS Z%d, Z%d, Z%d", evexHalf(0x52, d, a, b, true), b, a, d)
}

// toHalf writes VCVTNEPS2BF16: 16 floats, rounded to the nearest even bfloat16.
func (f *file) toHalf(a, d int) {
	f.p("%s // VCVTNEPS2BF16 Z%d, Y%d", evexHalf(0x72, d, 0, a, false), a, d)
}

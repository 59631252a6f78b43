package main

// winograd writes the transforms of F(2x2,3x3) (Lavin and Gray 2016, section 4.1) over (y, x) for one
// vector of channels. With
//
//	B' = | 1  0 -1  0 |   G = |  1    0    0  |   A' = | 1  1  1  0 |
//	     | 0  1  1  0 |       | 1/2  1/2  1/2 |        | 0  1 -1 -1 |
//	     | 0 -1  1  0 |       | 1/2 -1/2  1/2 |
//	     | 0  1  0 -1 |       |  0    0    1  |
//
// the points of an input tile d are B'dB, those of weights g are GgG', a result is A'mA; the gradient of
// the points m is AyA' and that of the weights G'uG. All use at most 16 registers, so one text serves both
// instruction sets; AVX2 takes the 16 channels of a pixel in two calls.
func winograd(f *file) {
	for _, s := range []isa{avx512, avx2} {
		winogradInput(f, s)
		winogradOutput(f, s)
		winogradGrad(f, s)
		winogradWeights(f, s)
		winogradWeightGrad(f, s)
	}
}

func (f *file) beginTransform(name string, s isa, doc string) {
	f.begin("winograd"+name+s.name, "transformArgs", doc)
}

// pointers sets R10 to R13 to the four rows of points and R8, R9 to one and three times their distance.
func (f *file) pointers() {
	f.p("MOVQ transformArgs_points(DI), R10")
	f.p("MOVQ transformArgs_stride(DI), R8")
	f.p("LEAQ (R8)(R8*2), R9")
	f.p("LEAQ (R10)(R8*4), R11")
	f.p("LEAQ (R11)(R8*4), R12")
	f.p("LEAQ (R12)(R8*4), R13")
}

// point is the memory of point (r, c).
func point(r, c int) string {
	return []string{"(R10)", "(R11)", "(R12)", "(R13)"}[r] + []string{"", "(R8*1)", "(R8*2)", "(R9*1)"}[c]
}

func (f *file) advance(bytes int, registers ...string) {
	for _, r := range registers {
		f.p("ADDQ $%d, %s", bytes, r)
	}
}

func (f *file) nextPoints(bytes int) { f.advance(bytes, "R10", "R11", "R12", "R13") }

func (f *file) add(s isa, a, b, d int) { f.p("VADDPS %s, %s, %s", s.r(b), s.r(a), s.r(d)) }
func (f *file) sub(s isa, a, b, d int) { f.p("VSUBPS %s, %s, %s", s.r(b), s.r(a), s.r(d)) }
func (f *file) mul(s isa, a, b, d int) { f.p("VMULPS %s, %s, %s", s.r(b), s.r(a), s.r(d)) }

// half sets register 15 to 1/2.
func (f *file) half(s isa) {
	f.p("MOVL $0x3f000000, DX")
	f.p("VMOVD DX, X15")
	f.p("VBROADCASTSS X15, %s", s.r(15))
}

// winogradInput transforms a strip of overlapping 4x4 tiles. Neighbouring tiles share two columns, which
// stay in registers. With AVX2 the points are computed in two passes of two rows each.
func winogradInput(f *file, s isa) {
	f.beginTransform("Input", s, "transforms the rows r0 to r3 of tiles to 16 points.")
	passes := [][]int{{0, 1, 2, 3}}
	if s.registers == 16 {
		passes = [][]int{{0, 1}, {2, 3}}
	}
	for i, rows := range passes {
		inputPass(f, s, rows, i, false)
	}
	f.end()
}

// winogradHalfInput is winogradInput with the points rounded to bfloat16.
func winogradHalfInput(f *file) {
	f.beginTransform("HalfInput", avx512, "transforms the rows r0 to r3 of tiles to 16 points in bfloat16.")
	inputPass(f, avx512, []int{0, 1, 2, 3}, 0, true)
	f.end()
}

func inputPass(f *file, s isa, rows []int, pass int, half bool) {
	q := len(rows)
	pixels := []string{"SI", "DX", "AX", "BX"}
	f.pointers()
	for i, r := range pixels {
		f.p("MOVQ transformArgs_r%d(DI), %s", i, r)
	}
	f.p("MOVQ transformArgs_n(DI), CX")
	zero := func(c int) {
		for i := range q {
			f.zero(s, c*q+i)
		}
	}
	zero(0)
	inputColumn(f, s, rows, 1, 0)
	f.advance(64, pixels...)
	f.p("TESTQ CX, CX")
	f.p("JEQ tail%d", pass)
	f.p("full%d:", pass)
	inputColumn(f, s, rows, 2, 0)
	inputColumn(f, s, rows, 3, 64)
	f.advance(128, pixels...)
	inputPoints(f, s, rows, half)
	for i := range 2 * q {
		f.p("VMOVAPS %s, %s", s.r(2*q+i), s.r(i))
	}
	f.p("DECQ CX")
	f.p("JNZ full%d", pass)
	f.p("tail%d:", pass)
	zero(3)
	f.p("CMPQ transformArgs_tail(DI), $0")
	f.p("JEQ odd%d", pass)
	inputColumn(f, s, rows, 2, 0)
	f.p("JMP last%d", pass)
	f.p("odd%d:", pass)
	zero(2)
	f.p("last%d:", pass)
	inputPoints(f, s, rows, half)
}

// inputColumn computes column c of B'd for some rows, from the pixels at a displacement.
func inputColumn(f *file, s isa, rows []int, c, at int) {
	operands := [4][2]int{{0, 2}, {1, 2}, {2, 1}, {1, 3}}
	q := len(rows)
	raw := 4 * q // registers of the loaded pixels
	for i, r := range []string{"SI", "DX", "AX", "BX"} {
		if q == 4 || i-rows[0]/2 >= 0 && i-rows[0]/2 < 3 { // rows 0, 1 need pixels 0..2, rows 2, 3 need 1..3
			f.load(s, offset(at, r), raw+i)
		}
	}
	for i, r := range rows {
		a, b := raw+operands[r][0], raw+operands[r][1]
		if r == 1 {
			f.add(s, a, b, c*q+i)
		} else {
			f.sub(s, a, b, c*q+i)
		}
	}
}

// inputPoints multiplies by B from the right and stores.
func inputPoints(f *file, s isa, rows []int, half bool) {
	q := len(rows)
	out := s.registers - 4
	if s.registers == 32 {
		out = 20
	}
	for i, r := range rows {
		f.sub(s, i, 2*q+i, out)
		f.add(s, q+i, 2*q+i, out+1)
		f.sub(s, 2*q+i, q+i, out+2)
		f.sub(s, q+i, 3*q+i, out+3)
		for c := range 4 {
			if half {
				f.toHalf(out+c, out+c)
				f.p("VMOVDQU64 Y%d, %s", out+c, point(r, c))
			} else {
				f.store(s, out+c, point(r, c))
			}
		}
	}
	if half {
		f.nextPoints(32)
	} else {
		f.nextPoints(64)
	}
}

// winogradOutput transforms points back to 2x2 results, adds the bias, and sums the results and their
// squares. r1 is nil for the last row of an odd extent.
func winogradOutput(f *file, s isa) {
	f.beginTransform("Output", s, "transforms 16 points to the rows r0 and r1 of results.")
	f.pointers()
	f.p("MOVQ transformArgs_r0(DI), SI")
	f.p("MOVQ transformArgs_r1(DI), DX")
	f.p("MOVQ transformArgs_n(DI), CX")
	f.p("MOVQ transformArgs_bias(DI), AX")
	f.load(s, "(AX)", 13)
	f.zero(s, 14)
	f.zero(s, 15)
	f.p("TESTQ CX, CX")
	f.p("JEQ tail")
	f.p("full:")
	outputTile(f, s)
	outputRow(f, s, "SI", 0, 2)
	f.advance(128, "SI")
	f.p("TESTQ DX, DX")
	f.p("JEQ skip")
	outputRow(f, s, "DX", 1, 2)
	f.advance(128, "DX")
	f.p("skip:")
	f.p("DECQ CX")
	f.p("JNZ full")
	f.p("tail:")
	f.p("CMPQ transformArgs_tail(DI), $0")
	f.p("JEQ stats")
	outputTile(f, s)
	outputRow(f, s, "SI", 0, 1)
	f.p("TESTQ DX, DX")
	f.p("JEQ stats")
	outputRow(f, s, "DX", 1, 1)
	f.p("stats:")
	f.p("MOVQ transformArgs_stats(DI), AX")
	f.p("TESTQ AX, AX")
	f.p("JEQ done")
	for i, memory := range []string{"(AX)", "64(AX)"} {
		f.load(s, memory, 12)
		f.add(s, 12, 14+i, 12)
		f.store(s, 12, memory)
	}
	f.p("done:")
	f.end()
}

// outputTile computes the four results of a tile in registers 8 to 11.
func outputTile(f *file, s isa) {
	for c := range 4 {
		for r := range 4 {
			f.load(s, point(r, c), 8+r)
		}
		f.add(s, 9, 10, 12)
		f.sub(s, 9, 10, 9)
		f.add(s, 8, 12, c)
		f.sub(s, 9, 11, 4+c)
	}
	f.nextPoints(64)
	for r := range 2 {
		v := 4 * r
		f.add(s, v+1, v+2, 8+2*r)
		f.sub(s, v+1, v+2, 9+2*r)
		f.add(s, 8+2*r, v, 8+2*r)
		f.sub(s, 9+2*r, v+3, 9+2*r)
		f.add(s, 8+2*r, 13, 8+2*r)
		f.add(s, 9+2*r, 13, 9+2*r)
	}
}

// outputRow stores one or two results of row r and adds them to the sums.
func outputRow(f *file, s isa, row string, r, columns int) {
	a, b := 8+2*r, 9+2*r
	f.store(s, a, offset(0, row))
	f.mul(s, a, a, 0)
	if columns == 2 {
		f.store(s, b, offset(64, row))
		f.fma(s, b, b, 0)
		f.add(s, a, b, a)
	}
	f.add(s, 14, a, 14)
	f.add(s, 15, 0, 15)
}

// winogradGrad expands the gradient of 2x2 results to that of the points.
func winogradGrad(f *file, s isa) {
	f.beginTransform("Grad", s, "expands the rows r0 and r1 of a gradient to 16 points.")
	f.pointers()
	f.p("MOVQ transformArgs_r0(DI), SI")
	f.p("MOVQ transformArgs_r1(DI), DX")
	f.p("MOVQ transformArgs_n(DI), CX")
	f.zero(s, 15)
	f.p("TESTQ CX, CX")
	f.p("JEQ tail")
	f.p("full:")
	gradColumn(f, s, 0, 0)
	gradColumn(f, s, 4, 64)
	f.advance(128, "SI", "DX")
	gradPoints(f, s)
	f.p("DECQ CX")
	f.p("JNZ full")
	f.p("tail:")
	f.p("CMPQ transformArgs_tail(DI), $0")
	f.p("JEQ done")
	gradColumn(f, s, 0, 0)
	for i := range 4 {
		f.zero(s, 4+i)
	}
	gradPoints(f, s)
	f.p("done:")
	f.end()
}

// gradColumn computes a column of Ay in registers c to c+3.
func gradColumn(f *file, s isa, c, at int) {
	f.load(s, offset(at, "SI"), c)
	f.load(s, offset(at, "DX"), 8)
	f.add(s, c, 8, c+1)
	f.sub(s, c, 8, c+2)
	f.sub(s, 15, 8, c+3)
}

func gradPoints(f *file, s isa) {
	for r := range 4 {
		f.store(s, r, point(r, 0))
		f.add(s, r, 4+r, 8)
		f.sub(s, r, 4+r, 9)
		f.sub(s, 15, 4+r, 10)
		for c := range 3 {
			f.store(s, 8+c, point(r, 1+c))
		}
	}
	f.nextPoints(64)
}

// winogradWeights transforms 3x3 taps. r0 is the first tap, tail the distance of taps, negative to mirror.
func winogradWeights(f *file, s isa) {
	f.beginTransform("Weights", s, "transforms 3x3 taps of n vectors to 16 points.")
	f.pointers()
	f.half(s)
	f.p("MOVQ transformArgs_r0(DI), SI")
	f.p("MOVQ transformArgs_tail(DI), AX")
	f.p("MOVQ transformArgs_n(DI), CX")
	f.p("loop:")
	f.p("MOVQ SI, BX")
	for t := range 9 {
		f.load(s, "(BX)", t)
		if t < 8 {
			f.p("ADDQ AX, BX")
		}
	}
	for r := range 4 {
		row := [3]int{0, 1, 2}
		switch r {
		case 3:
			row = [3]int{6, 7, 8}
		case 1, 2:
			row = [3]int{9, 10, 11}
			for c := range 3 {
				weightSum(f, s, [3]int{c, 3 + c, 6 + c}, r, 9+c)
			}
		}
		weightSum(f, s, row, 1, 13)
		weightSum(f, s, row, 2, 14)
		for c, z := range []int{row[0], 13, 14, row[2]} {
			f.store(s, z, point(r, c))
		}
	}
	f.nextPoints(s.bytes)
	f.advance(s.bytes, "SI")
	f.p("DECQ CX")
	f.p("JNZ loop")
	f.end()
}

// weightSum writes (a+b+c)/2 for row 1 of G, (a-b+c)/2 for row 2.
func weightSum(f *file, s isa, g [3]int, row, d int) {
	f.add(s, g[0], g[2], 12)
	if row == 1 {
		f.add(s, 12, g[1], 12)
	} else {
		f.sub(s, 12, g[1], 12)
	}
	f.mul(s, 12, 15, d)
}

// winogradWeightGrad reduces points to 3x3 taps: r0 is the first tap, tail the distance of taps.
func winogradWeightGrad(f *file, s isa) {
	f.beginTransform("WeightGrad", s, "reduces 16 points of n vectors to 3x3 taps.")
	f.pointers()
	f.half(s)
	f.p("MOVQ transformArgs_r0(DI), SI")
	f.p("MOVQ transformArgs_tail(DI), AX")
	f.p("MOVQ transformArgs_n(DI), CX")
	f.p("loop:")
	f.p("MOVQ SI, BX")
	for c := range 4 { // rows of G'u in registers c, 4+c, 8+c
		for r, z := range []int{c, 12, 13, 8 + c} {
			f.load(s, point(r, c), z)
		}
		f.add(s, 12, 13, 14)
		f.sub(s, 12, 13, 12)
		f.mul(s, 12, 15, 4+c)
		f.fma(s, 15, 14, c)
		f.fma(s, 15, 14, 8+c)
	}
	for r := range 3 {
		v := 4 * r
		f.add(s, v+1, v+2, 12)
		f.sub(s, v+1, v+2, 13)
		f.mul(s, 13, 15, 13)
		f.fma(s, 15, 12, v)
		f.fma(s, 15, 12, v+3)
		for c, z := range []int{v, 13, v + 3} {
			f.store(s, z, "(BX)")
			if 3*r+c < 8 {
				f.p("ADDQ AX, BX")
			}
		}
	}
	f.nextPoints(s.bytes)
	f.advance(s.bytes, "SI")
	f.p("DECQ CX")
	f.p("JNZ loop")
	f.end()
}

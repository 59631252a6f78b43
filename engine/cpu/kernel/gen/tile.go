package main

import "fmt"

// tile is the layout of a tile kernel: m pixels of one or two rows times v vectors of output channels.
// Accumulator of pixel j and vector k is register v*j+k, pixels of the second row counting on from those
// of the first; the last four registers hold two weight vectors and two broadcast inputs.
type tile struct {
	isa
	m, v int
	step int // bytes between input pixels
	rows int
	half bool // inputs and weights are pairs of bfloat16
}

// input is the memory of pixel j of the input, at a displacement.
func (t tile) input(j, at int) string {
	if j < t.m {
		return offset(j*t.step+at, "SI")
	}
	return offset((j-t.m)*t.step+at, "SI)(R15*1")
}

func (t tile) weight(k int) int    { return t.registers - 4 + k }
func (t tile) broadcast(j int) int { return t.registers - 2 + j&1 }

// result is the memory of vector k of the current pixel: the second vector of AVX-512 is in the next
// channel block, that of AVX2 in the same one.
func (t tile) result(k int) string {
	if k == 0 || t.isa == avx2 {
		return offset(k*t.bytes, "R13")
	}
	return "(R13)(BX*1)"
}

// statistic is the memory of vector k of the sums, or squares 64 bytes on.
func (t tile) statistic(k, bytes int) string {
	if k == 0 || t.isa == avx2 {
		return offset(k*t.bytes+bytes, "AX")
	}
	return offset(bytes, "AX)(CX*1")
}

// tiles writes the kernels of one instruction set for pixel steps 1 and 2, for one channel block and,
// with AVX-512, for two. 14 pixels times 2 vectors, or 6 times 2 with AVX2, fill the registers.
func tiles(f *file, s isa) {
	rows := (s.registers - 4) / 2
	for _, step := range []int{1, 2} {
		for blocks := 1; blocks <= 2/s.block(); blocks++ {
			var names []string
			for m := 1; m <= rows; m++ {
				name := fmt.Sprintf("tile%s_%dx%d_step%d", s.name, m, 16*blocks, step)
				names = append(names, name)
				tileKernel(f, name, tile{isa: s, m: m, v: blocks * s.block(), step: 64 * step, rows: 1})
			}
			f.table(fmt.Sprintf("tiles%s_%d_step%d", s.name, 16*blocks, step),
				fmt.Sprintf("the tiles of %d channels and pixel step %d", 16*blocks, step), names)
		}
	}
}

// pairs writes the kernels of two rows of the same place in two samples, for rows too short to fill the
// registers: the weights, which no cache holds at such levels, are loaded half as often.
func pairs(f *file) {
	var names []string
	for m := 1; m <= 7; m++ {
		name := fmt.Sprintf("pairAVX512_%dx32", m)
		names = append(names, name)
		tileKernel(f, name, tile{isa: avx512, m: m, v: 2, step: 64, rows: 2})
	}
	f.table("pairsAVX512", "the tiles of two rows", names)
}

// halfTiles writes the kernels of inputs and weights in bfloat16, two channels per step: a pixel is 32
// bytes, and so the pairs of weights take the place of single ones.
func halfTiles(f *file) {
	for blocks := 1; blocks <= 2; blocks++ {
		var names []string
		for m := 1; m <= 14; m++ {
			name := fmt.Sprintf("halfTileAVX512_%dx%d", m, 16*blocks)
			names = append(names, name)
			tileKernel(f, name, tile{isa: avx512, m: m, v: blocks, step: 32, rows: 1, half: true})
		}
		f.table(fmt.Sprintf("halfTilesAVX512_%d", 16*blocks), fmt.Sprintf("the bfloat16 tiles of %d channels", 16*blocks), names)
	}
}

// tileKernel writes the convolution kernel. R11 is the first pixel of the input block, R12 its weights,
// R10 counts input blocks, BX holds the inner loop's count; R8 and R9 walk the tap table.
func tileKernel(f *file, name string, t tile) {
	unroll := 2 // input channels per jump; short bodies need more to hide the jump
	if t.m <= 4 {
		unroll = 4
	}
	f.begin(name, "tileArgs", fmt.Sprintf("computes %d pixels of %d channels.", t.m, t.v*t.bytes/4))
	tileStart(f, t)
	tileResume(f, t)
	if t.rows == 2 {
		f.p("MOVQ tileArgs_xpair(DI), R15")
	}
	f.p("MOVQ tileArgs_blocks(DI), R10")
	f.p("TESTQ R10, R10")
	f.p("JEQ store")
	f.p("blocks:")
	if t.half {
		f.p("MOVQ $8, BX")
	} else {
		f.p("MOVQ $16, BX")
	}
	f.p("CMPQ R10, $1")
	f.p("JNE full")
	f.p("MOVQ tileArgs_last(DI), BX")
	f.p("full:")
	f.p("SHRQ $%d, BX", unroll/2)
	f.p("MOVQ tileArgs_table(DI), R8")
	f.p("MOVQ tileArgs_taps(DI), R9")
	f.p("taps:")
	if t.step > 64 && t.m > 1 {
		f.p("MOVLQSX (tapEntry_x+2*tapEntry__size)(R8), AX")
		f.p("ADDQ R11, AX")
		for j := range t.m {
			f.p("PREFETCHT0 %s", offset(j*t.step, "AX"))
		}
	}
	tileTap(f)
	f.p("MOVQ BX, CX")
	if t.m > 1 {
		f.p("MOVL tapEntry_kind(R8), AX")
		f.p("CMPL AX, $1")
		f.p("JEQ notFirst")
		f.p("JGT notLast")
	}
	tileBody(f, t, "all", 0, t.m, unroll)
	if t.m > 1 {
		f.p("JMP next")
		tileBody(f, t, "notFirst", 1, t.m, unroll)
		f.p("JMP next")
		tileBody(f, t, "notLast", 0, t.m-1, unroll)
	}
	f.p("next:")
	f.p("ADDQ $tapEntry__size, R8")
	f.p("DECQ R9")
	f.p("JNZ taps")
	f.p("ADDQ tileArgs_xblock(DI), R11")
	f.p("ADDQ tileArgs_wblock(DI), R12")
	f.p("DECQ R10")
	f.p("JNZ blocks")
	tileStore(f, t)
}

// tileStart loads pointers and sets the accumulators to the bias.
func tileStart(f *file, t tile) {
	f.p("MOVQ tileArgs_x(DI), R11")
	f.p("ADDQ tileArgs_at(DI), R11")
	f.p("MOVQ tileArgs_w(DI), R12")
	f.p("MOVQ tileArgs_bias(DI), AX")
	for k := range t.v {
		f.load(t.isa, offset(k*t.bytes, "AX"), k)
	}
	for j := 1; j < t.m*t.rows; j++ {
		for k := range t.v {
			f.p("VMOVAPS %s, %s", t.r(k), t.r(j*t.v+k))
		}
	}
}

// tileResume sets the accumulators to the result so far.
func tileResume(f *file, t tile) {
	f.p("CMPQ tileArgs_resume(DI), $0")
	f.p("JEQ start")
	tileResults(f, t, func(memory string, i int) { f.load(t.isa, memory, i) })
	f.p("start:")
}

// tileResults calls move for the memory and the register of every vector of the result.
func tileResults(f *file, t tile, move func(memory string, i int)) {
	f.p("MOVQ tileArgs_yblock(DI), BX")
	f.p("MOVQ tileArgs_ypixel(DI), R9")
	for row := range t.rows {
		f.p("MOVQ tileArgs_y(DI), R13")
		if row == 1 {
			f.p("ADDQ tileArgs_ypair(DI), R13")
		}
		for j := range t.m {
			for k := range t.v {
				move(t.result(k), (row*t.m+j)*t.v+k)
			}
			if j < t.m-1 {
				f.p("ADDQ R9, R13")
			}
		}
	}
}

// tileTap points SI and DX at a tap's input and weights.
func tileTap(f *file) {
	f.p("MOVLQSX tapEntry_x(R8), SI")
	f.p("ADDQ R11, SI")
	f.p("MOVLQSX tapEntry_w(R8), DX")
	f.p("ADDQ R12, DX")
}

// tileBody adds the products of one tap for pixels [from, to).
func tileBody(f *file, t tile, label string, from, to, unroll int) {
	f.p("%s:", label)
	for i := range unroll {
		tileProducts(f, t, from, to, i)
	}
	f.p("ADDQ $%d, SI", unroll*4)
	f.p("ADDQ $%d, DX", unroll*128)
	f.p("DECQ CX")
	f.p("JNZ %s", label)
}

// tileProducts adds the products of input channel i.
func tileProducts(f *file, t tile, from, to, i int) {
	for k := range t.v {
		f.load(t.isa, offset(i*128+k*t.bytes, "DX"), t.weight(k))
	}
	for row := range t.rows {
		for j := row*t.m + from; j < row*t.m+to; j++ {
			b := t.broadcast(j)
			f.p("VBROADCASTSS %s, %s", t.input(j, i*4), t.r(b))
			for k := range t.v {
				if t.half {
					f.dotHalf(b, t.weight(k), j*t.v+k)
				} else {
					f.fma(t.isa, b, t.weight(k), j*t.v+k)
				}
			}
		}
	}
}

// tileStore writes the tile and adds its statistics.
func tileStore(f *file, t tile) {
	f.p("store:")
	tileResults(f, t, func(memory string, i int) { f.store(t.isa, i, memory) })
	f.p("MOVQ tileArgs_stats(DI), AX")
	f.p("TESTQ AX, AX")
	f.p("JEQ done")
	f.p("MOVQ tileArgs_sblock(DI), CX")
	tileStatistics(f, t, 0)
	if t.rows == 2 {
		f.p("ADDQ tileArgs_spair(DI), AX")
		tileStatistics(f, t, t.m)
	}
	f.p("done:")
	f.end()
}

// tileStatistics adds m pixels to the sums.
func tileStatistics(f *file, t tile, first int) {
	sum, square := t.registers-4, t.registers-2
	for k := range t.v {
		f.load(t.isa, t.statistic(k, 0), sum+k)
		f.load(t.isa, t.statistic(k, 64), square+k)
	}
	for j := first; j < first+t.m; j++ {
		for k := range t.v {
			a := j*t.v + k
			f.p("VADDPS %s, %s, %s", t.r(a), t.r(sum+k), t.r(sum+k))
			f.fma(t.isa, a, a, square+k)
		}
	}
	for k := range t.v {
		f.store(t.isa, sum+k, t.statistic(k, 0))
		f.store(t.isa, square+k, t.statistic(k, 64))
	}
}

package main

import "fmt"

// planar writes the kernels of planar inputs: every tap is one input value per pixel and one vector of
// weights, and neighbouring pixels are 4 bytes apart.
func planar(f *file) {
	for _, s := range []isa{avx512, avx2} {
		for blocks := 1; blocks <= 2/s.block(); blocks++ {
			var names []string
			for m := 1; m <= (s.registers-4)/2; m++ {
				name := fmt.Sprintf("planar%s_%dx%d", s.name, m, 16*blocks)
				names = append(names, name)
				planarTile(f, name, tile{isa: s, m: m, v: blocks * s.block(), step: 4, rows: 1})
			}
			f.table(fmt.Sprintf("planar%s_%d", s.name, 16*blocks),
				fmt.Sprintf("the planar tiles of %d channels", 16*blocks), names)
		}
	}
	planarGradient(f, "planarGradAVX512_9x32", avx512, 2)
	planarGradient(f, "planarGradAVX512_9x16", avx512, 1)
	planarGradient(f, "planarGradAVX2_9x8", avx2, 1)
}

func planarTile(f *file, name string, t tile) {
	f.begin(name, "tileArgs", fmt.Sprintf("computes %d pixels of %d channels.", t.m, t.v*t.bytes/4))
	tileStart(f, t)
	f.p("MOVQ tileArgs_table(DI), R8")
	f.p("MOVQ tileArgs_taps(DI), R9")
	f.p("taps:")
	tileTap(f)
	tileProducts(f, t, 0, t.m, 0)
	f.p("ADDQ $tapEntry__size, R8")
	f.p("DECQ R9")
	f.p("JNZ taps")
	tileStore(f, t)
}

// planarGradient writes the kernel that sums nine taps times v vectors over rows of pixels. Nine pointers
// walk the input; accumulator of tap i and vector k is register v*i+k.
func planarGradient(f *file, name string, s isa, v int) {
	const n = 9
	pointers := []string{"R8", "R9", "R10", "R11", "R12", "R13", "SI", "BX", "AX"}
	f.begin(name, "planarGradArgs", fmt.Sprintf("adds nine taps times %d outputs.", v*s.bytes/4))
	f.p("MOVQ planarGradArgs_table(DI), DX")
	for i, r := range pointers {
		f.p("MOVLQSX %s, %s", offset(4*i, "DX"), r)
		f.p("ADDQ planarGradArgs_x(DI), %s", r)
	}
	f.p("MOVQ planarGradArgs_dw(DI), DX")
	for i := range n {
		for k := range v {
			f.load(s, offset(i*128+k*s.bytes, "DX"), i*v+k)
		}
	}
	f.p("MOVQ planarGradArgs_dy(DI), DX")
	if v == 2 {
		f.p("MOVQ planarGradArgs_dyblock(DI), R15")
	}
	f.p("rows:")
	f.p("XORQ CX, CX")
	f.p("pixels:")
	f.load(s, "(DX)", n*v)
	if v == 2 {
		f.load(s, "(DX)(R15*1)", n*v+1)
	}
	for i, r := range pointers {
		b := n*v + v + i&3
		f.p("VBROADCASTSS (%s)(CX*4), %s", r, s.r(b))
		for k := range v {
			f.fma(s, b, n*v+k, i*v+k)
		}
	}
	f.p("ADDQ $64, DX")
	f.p("INCQ CX")
	f.p("CMPQ CX, planarGradArgs_pixels(DI)")
	f.p("JLT pixels")
	for _, r := range pointers {
		f.p("ADDQ planarGradArgs_xrow(DI), %s", r)
	}
	f.p("DECQ planarGradArgs_rows(DI)")
	f.p("JNZ rows")
	f.p("MOVQ planarGradArgs_dw(DI), DX")
	for i := range n {
		for k := range v {
			f.store(s, i*v+k, offset(i*128+k*s.bytes, "DX"))
		}
	}
	f.end()
}

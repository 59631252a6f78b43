package main

import "fmt"

// weightGradients writes the kernels that sum the products of one tap over rows of pixels: 8 input
// channels times 32 (or 16) output channels with AVX-512, 4 times 16 with AVX2. The sums stay in
// registers over all rows of a call.
func weightGradients(f *file) {
	weightGradient(f, "gradAVX512_8x32", avx512, 8, 2)
	weightGradient(f, "gradAVX512_8x16", avx512, 8, 1)
	weightGradient(f, "gradAVX2_4x16", avx2, 4, 2)
}

// weightGradient writes the kernel of n inputs times v vectors of outputs. Accumulator of input i and
// vector k is register v*i+k, then come v vectors of dy, then broadcasts.
func weightGradient(f *file, name string, s isa, n, v int) {
	f.begin(name, "gradArgs", fmt.Sprintf("adds %d inputs times %d outputs.", n, v*s.bytes/4))
	f.p("MOVQ gradArgs_dw(DI), R13")
	f.p("MOVQ gradArgs_xrow(DI), R8")
	f.p("MOVQ gradArgs_dyrow(DI), R9")
	f.p("MOVQ gradArgs_pixels(DI), BX")
	f.p("MOVQ gradArgs_xpixel(DI), AX")
	f.p("MOVQ gradArgs_dyblock(DI), R15")
	for i := range n {
		for k := range v {
			f.load(s, offset(i*128+k*s.bytes, "R13"), i*v+k)
		}
	}
	f.p("planes:")
	f.p("MOVQ gradArgs_x(DI), R11")
	f.p("ADDQ gradArgs_xat(DI), R11")
	f.p("MOVQ gradArgs_dy(DI), R12")
	f.p("ADDQ gradArgs_dyat(DI), R12")
	f.p("MOVQ gradArgs_rows(DI), R10")
	f.p("rows:")
	f.p("MOVQ R11, SI")
	f.p("MOVQ R12, DX")
	f.p("MOVQ BX, CX")
	f.p("SUBQ $2, CX")
	f.p("JLT tail")
	f.p("pixels:")
	gradPixel(f, s, n, v, 0)
	f.p("ADDQ AX, SI")
	gradPixel(f, s, n, v, 64)
	f.p("ADDQ AX, SI")
	f.p("ADDQ $128, DX")
	f.p("SUBQ $2, CX")
	f.p("JGE pixels")
	f.p("tail:")
	f.p("ADDQ $2, CX")
	f.p("JEQ next")
	gradPixel(f, s, n, v, 0)
	f.p("next:")
	f.p("ADDQ R8, R11")
	f.p("ADDQ R9, R12")
	f.p("DECQ R10")
	f.p("JNZ rows")
	f.p("MOVQ gradArgs_xplane(DI), CX")
	f.p("ADDQ CX, gradArgs_xat(DI)")
	f.p("MOVQ gradArgs_dyplane(DI), CX")
	f.p("ADDQ CX, gradArgs_dyat(DI)")
	f.p("DECQ gradArgs_planes(DI)")
	f.p("JNZ planes")
	for i := range n {
		for k := range v {
			f.store(s, i*v+k, offset(i*128+k*s.bytes, "R13"))
		}
	}
	f.end()
}

// gradPixel adds one pixel, dy at a displacement from DX.
func gradPixel(f *file, s isa, n, v, at int) {
	dy, broadcast := n*v, n*v+v
	f.load(s, offset(at, "DX"), dy)
	if v == 2 {
		second := offset(at+s.bytes, "DX")
		if s == avx512 {
			second = offset(at, "DX)(R15*1")
		}
		f.load(s, second, dy+1)
	}
	for i := range n {
		b := broadcast + i&3
		f.p("VBROADCASTSS %s, %s", offset(i*4, "SI"), s.r(b))
		for k := range v {
			f.fma(s, b, dy+k, i*v+k)
		}
	}
}

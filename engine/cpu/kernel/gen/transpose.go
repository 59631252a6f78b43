package main

// transposes writes the transposition of 16x16 blocks of packed weights, rows 128 bytes apart.
func transposes(f *file) {
	for _, s := range []isa{avx512, avx2} {
		f.begin("transpose"+s.name, "transposeArgs", "transposes n blocks of 16x16.")
		f.p("MOVQ transposeArgs_src(DI), SI")
		f.p("MOVQ transposeArgs_dst(DI), DX")
		f.p("MOVQ transposeArgs_n(DI), CX")
		f.p("loop:")
		parts := s.bytes / 16 // of 4 values
		for h := range 4 / parts {
			for q := range 4 {
				transposeColumns(f, s, parts, h, q)
			}
		}
		f.p("ADDQ $2048, SI")
		f.p("ADDQ $2048, DX")
		f.p("DECQ CX")
		f.p("JNZ loop")
		f.end()
	}
}

// transposeColumns makes four columns rows. Register r holds columns 4q to 4q+3 of the rows r, r+4, ... in
// its parts; a 4x4 transposition inside every part then leaves one column in each register.
func transposeColumns(f *file, s isa, parts, h, q int) {
	insert := "VINSERTF32X4"
	if s == avx2 {
		insert = "VINSERTF128"
	}
	for r := range 4 {
		row := func(part int) string { return offset((4*(h*parts+part)+r)*128+q*16, "SI") }
		f.p("VMOVUPS %s, X%d", row(0), r)
		for part := 1; part < parts; part++ {
			f.p("%s $%d, %s, %s, %s", insert, part, row(part), s.r(r), s.r(r))
		}
	}
	shuffle := func(op string, a, b, d int) { f.p("%s %s, %s, %s", op, s.r(b), s.r(a), s.r(d)) }
	shuffle("VUNPCKLPS", 0, 1, 4)
	shuffle("VUNPCKHPS", 0, 1, 5)
	shuffle("VUNPCKLPS", 2, 3, 6)
	shuffle("VUNPCKHPS", 2, 3, 7)
	shuffle("VUNPCKLPD", 4, 6, 0)
	shuffle("VUNPCKHPD", 4, 6, 1)
	shuffle("VUNPCKLPD", 5, 7, 2)
	shuffle("VUNPCKHPD", 5, 7, 3)
	for c := range 4 {
		f.store(s, c, offset((4*q+c)*128+h*s.bytes, "DX"))
	}
}

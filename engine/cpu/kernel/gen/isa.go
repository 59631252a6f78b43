package main

import "fmt"

// isa is an instruction set's vectors.
type isa struct {
	name      string
	prefix    string // of a register
	bytes     int    // of a vector
	registers int
	clear     string // instruction that zeroes a register
}

var (
	avx512 = isa{"AVX512", "Z", 64, 32, "VPXORD"} // VXORPS of 512 bits would need AVX512DQ
	avx2   = isa{"AVX2", "Y", 32, 16, "VXORPS"}
)

// r returns a register's name.
func (s isa) r(i int) string { return fmt.Sprintf("%s%d", s.prefix, i) }

// block is the number of vectors of 16 channels.
func (s isa) block() int { return 64 / s.bytes }

func (f *file) zero(s isa, i int) { f.p("%s %s, %s, %s", s.clear, s.r(i), s.r(i), s.r(i)) }

// fma writes d += a*b.
func (f *file) fma(s isa, a, b, d int) { f.p("VFMADD231PS %s, %s, %s", s.r(a), s.r(b), s.r(d)) }

func (f *file) load(s isa, memory string, i int) { f.p("VMOVUPS %s, %s", memory, s.r(i)) }

func (f *file) store(s isa, i int, memory string) { f.p("VMOVUPS %s, %s", s.r(i), memory) }

// offset writes a memory operand, leaving out a zero displacement.
func offset(bytes int, base string) string {
	if bytes == 0 {
		return "(" + base + ")"
	}
	return fmt.Sprintf("%d(%s)", bytes, base)
}

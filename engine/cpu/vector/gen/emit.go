package main

import (
	"bytes"
	"fmt"
)

// The registers of every kernel: pointers to the streams, the parameters and the count.
const (
	regX, regY, regZ, regV = "SI", "BX", "DX", "R8"
	regPar, regSums, regN  = "AX", "R9", "CX"
)

// stream is an array that a kernel walks through: 64 bytes at a time, or by the bytes of a field of Args
// called Step and its own name, in the register step.
type stream struct{ field, register, step string }

var (
	inX    = stream{field: "X", register: regX}
	inY    = stream{field: "Y", register: regY}
	toZ    = stream{field: "Z", register: regZ}
	toV    = stream{field: "V", register: regV}
	apartX = stream{field: "X", register: regX, step: "R10"}
	apartZ = stream{field: "Z", register: regZ, step: "R11"}
)

// kernel is a loop over vectors of 16 floats.
type kernel struct {
	name, does string
	streams    []stream
	unroll     int
	before     func(e *emitter)
	body       func(e *emitter, u int)
	after      func(e *emitter)
}

// emitter collects assembly text.
type emitter struct{ bytes.Buffer }

func (e *emitter) p(format string, args ...any) {
	fmt.Fprintf(e, format+"\n", args...)
}

// kernel emits one function: an unrolled loop, then single vectors.
func (e *emitter) kernel(k kernel) {
	e.p("\n// func %s(a *Args)\nTEXT ·%s(SB), NOSPLIT, $0-8", k.name, k.name)
	e.p("\tMOVQ a+0(FP), DI")
	e.pointers(k.streams)
	e.p("\tMOVQ Args_Par(DI), %s\n\tMOVQ Args_Sums(DI), %s\n\tMOVQ Args_N(DI), %s", regPar, regSums, regN)
	if k.before != nil {
		k.before(e)
	}
	e.p("\tSUBQ $%d, %s\n\tJLT tail\nloop:", k.unroll, regN)
	for u := range k.unroll {
		k.body(e, u)
	}
	e.advance(k, k.unroll)
	e.p("\tSUBQ $%d, %s\n\tJGE loop\ntail:\n\tADDQ $%d, %s\n\tJEQ done\nsingle:", k.unroll, regN, k.unroll, regN)
	k.body(e, 0)
	e.advance(k, 1)
	e.p("\tDECQ %s\n\tJNZ single\ndone:", regN)
	if k.after != nil {
		k.after(e)
	}
	e.p("\tVZEROUPPER\n\tRET")
}

// pointers loads where the streams begin and how far apart their vectors are.
func (e *emitter) pointers(streams []stream) {
	for _, s := range streams {
		e.p("\tMOVQ Args_%s(DI), %s", s.field, s.register)
		if s.step != "" {
			e.p("\tMOVQ Args_Step%s(DI), %s", s.field, s.step)
		}
	}
}

// advance moves every stream on; one with a step moves by a single vector.
func (e *emitter) advance(k kernel, vectors int) {
	for _, s := range k.streams {
		if s.step != "" {
			e.p("\tADDQ %s, %s", s.step, s.register)
			continue
		}
		e.p("\tADDQ $%d, %s", 64*vectors, s.register)
	}
}

// offset returns a memory operand.
func offset(bytes int, register string) string { return fmt.Sprintf("%d(%s)", bytes, register) }

// load reads vector u of a stream into a register.
func (e *emitter) load(s stream, u, z int) { e.p("\tVMOVUPS %d(%s), Z%d", 64*u, s.register, z) }

// store writes a register as vector u of a stream, past the cache if asked.
func (e *emitter) store(z int, s stream, u int, past bool) {
	op := "VMOVUPS"
	if past {
		op = "VMOVNTPS"
	}
	e.p("\t%s Z%d, %d(%s)", op, z, 64*u, s.register)
}

// params loads the first n vectors of parameters into Z0, Z1, ...
func (e *emitter) params(n int) {
	for i := range n {
		e.p("\tVMOVUPS %d(%s), Z%d", 64*i, regPar, i)
	}
}

func (e *emitter) zero(registers ...int) {
	for _, z := range registers {
		e.p("\tVPXORD Z%d, Z%d, Z%d", z, z, z)
	}
}

// fence orders the stores past the cache before whatever other workers read next.
func (e *emitter) fence(past bool) {
	if past {
		e.p("\tSFENCE")
	}
}

package main

// half is one of the two registers of 8 floats that make a vector of 16.
type half struct {
	e *emitter
	h int
}

// at returns the operand of this half of the vector of a stream.
func (v half) at(s stream) string { return offset(32*v.h, s.register) }

// par returns the operand of this half of a parameter vector.
func (v half) par(i int) string { return offset(64*i+32*v.h, regPar) }

// sum returns the register of this half of a sum.
func (v half) sum(i int) int { return firstSum + 2*i + v.h }

const (
	firstSum              = 8 // Y8 to Y11: two sums of two halves
	slopeHalf, zeroHalf   = 14, 15
	yX, yG, yV, yMask, yT = 0, 1, 2, 3, 4
)

// halves is a loop over vectors of 16 floats in two registers each. Parameters are read from memory:
// there are too few registers to keep them.
type halves struct {
	name, does string
	streams    []stream
	sums       int
	leaky      bool
	past       bool
	before     func(e *emitter)
	body       func(v half)
	after      func(e *emitter)
}

func (e *emitter) halves(k halves) {
	e.p("\n// func %s(a *Args)\nTEXT ·%s(SB), NOSPLIT, $0-8", k.name, k.name)
	e.p("\tMOVQ a+0(FP), DI")
	e.pointers(k.streams)
	e.p("\tMOVQ Args_Par(DI), %s\n\tMOVQ Args_Sums(DI), %s\n\tMOVQ Args_N(DI), %s", regPar, regSums, regN)
	if k.leaky {
		e.p("\tVBROADCASTSS Args_Slope(DI), Y%d\n\tVXORPS Y%d, Y%d, Y%d", slopeHalf, zeroHalf, zeroHalf, zeroHalf)
	}
	for i := range 2 * k.sums {
		e.p("\tVXORPS Y%d, Y%d, Y%d", firstSum+i, firstSum+i, firstSum+i)
	}
	if k.before != nil {
		k.before(e)
	}
	e.p("\tTESTQ %s, %s\n\tJEQ done\nloop:", regN, regN)
	for h := range 2 {
		k.body(half{e, h})
	}
	e.advance(kernel{streams: k.streams}, 1)
	e.p("\tDECQ %s\n\tJNZ loop\ndone:", regN)
	if k.after != nil {
		k.after(e)
	} else {
		for i := range 2 * k.sums {
			e.p("\tVMOVUPS Y%d, %d(%s)", firstSum+i, 32*i, regSums)
		}
	}
	e.fence(k.past)
	e.p("\tVZEROUPPER\n\tRET")
}

// leaky multiplies register g by the slope where v <= 0.
func (v half) leaky(sign, g int) {
	v.e.p("\tVCMPPS $2, Y%d, Y%d, Y%d", zeroHalf, sign, yMask)
	v.e.p("\tVMULPS Y%d, Y%d, Y%d", slopeHalf, g, yT)
	v.e.p("\tVBLENDVPS Y%d, Y%d, Y%d, Y%d", yMask, yT, g, g)
}

// affine loads d = x - mean into yX and d*scale + shift into yV.
func (v half) affine() {
	v.e.p("\tVMOVUPS %s, Y%d\n\tVSUBPS %s, Y%d, Y%d", v.at(inX), yX, v.par(0), yX, yX)
	v.e.p("\tVMOVUPS %s, Y%d\n\tVFMADD213PS %s, Y%d, Y%d", v.par(1), yV, v.par(2), yX, yV)
}

func (v half) store(y int, s stream, past bool) {
	if past {
		v.e.p("\tVMOVNTPS Y%d, %s", y, v.at(s))
		return
	}
	v.e.p("\tVMOVUPS Y%d, %s", y, v.at(s))
}

// avx2Kernels are the loops of kernels in registers of 8 floats.
func avx2Kernels() []halves {
	var r []halves
	for _, past := range []bool{false, true} {
		suffix := "256"
		if past {
			suffix = "Past256"
		}
		r = append(r, halves{
			name: "affineLeaky" + suffix, does: "computes z = leaky((x - mean)*scale + shift).", streams: []stream{inX, toZ}, leaky: true, past: past,
			body: func(v half) {
				v.affine()
				v.leaky(yV, yV)
				v.store(yV, toZ, past)
			},
		}, halves{
			name: "normGrad" + suffix, does: "computes z = scale*(g - c - b*(x - mean)) where g is y behind leaky at (x - mean)*scale + shift.",
			streams: []stream{inX, inY, toZ}, leaky: true, past: past,
			body: func(v half) {
				v.affine()
				v.e.p("\tVMOVUPS %s, Y%d", v.at(inY), yG)
				v.leaky(yV, yG)
				v.e.p("\tVSUBPS %s, Y%d, Y%d", v.par(4), yG, yG)
				v.e.p("\tVFNMADD231PS %s, Y%d, Y%d\n\tVMULPS %s, Y%d, Y%d", v.par(3), yX, yG, v.par(1), yG, yG)
				v.store(yG, toZ, past)
			},
		}, halves{
			name: "add" + suffix, does: "computes z = x + y.", streams: []stream{inX, inY, toZ}, past: past,
			body: func(v half) {
				v.e.p("\tVMOVUPS %s, Y%d\n\tVADDPS %s, Y%d, Y%d", v.at(inX), yX, v.at(inY), yX, yX)
				v.store(yX, toZ, past)
			},
		})
	}
	return append(r, avx2Sums()...)
}

func avx2Sums() []halves {
	return []halves{{
		name: "normSums256", does: "sums g and g*(x - mean) where g is y behind leaky at (x - mean)*scale + shift.",
		streams: []stream{inX, inY}, sums: 2, leaky: true,
		body: func(v half) {
			v.affine()
			v.e.p("\tVMOVUPS %s, Y%d", v.at(inY), yG)
			v.leaky(yV, yG)
			v.e.p("\tVADDPS Y%d, Y%d, Y%d\n\tVFMADD231PS Y%d, Y%d, Y%d", yG, v.sum(0), v.sum(0), yX, yG, v.sum(1))
		},
	}, {
		name: "moments256", does: "sums x - shift and its square.", streams: []stream{inX}, sums: 2,
		body: func(v half) {
			v.e.p("\tVMOVUPS %s, Y%d\n\tVSUBPS %s, Y%d, Y%d", v.at(inX), yX, v.par(0), yX, yX)
			v.e.p("\tVADDPS Y%d, Y%d, Y%d\n\tVFMADD231PS Y%d, Y%d, Y%d", yX, v.sum(0), v.sum(0), yX, yX, v.sum(1))
		},
	}, {
		name: "leakyGrad256", does: "computes z = y behind leaky at x.", streams: []stream{inX, inY, toZ}, leaky: true,
		body: func(v half) {
			v.e.p("\tVMOVUPS %s, Y%d\n\tVMOVUPS %s, Y%d", v.at(inX), yX, v.at(inY), yG)
			v.leaky(yX, yG)
			v.store(yG, toZ, false)
		},
	}, {
		name: "sumSquares256", does: "sums the squares of x into eight float64 lanes.", streams: []stream{inX}, sums: 2,
		body: func(v half) {
			for q := range 2 { // quarters of the vector
				v.e.p("\tVCVTPS2PD %s, Y%d\n\tVFMADD231PD Y%d, Y%d, Y%d", offset(32*v.h+16*q, inX.register), q, q, q, v.sum(q))
			}
		},
		after: func(e *emitter) { // lanes 0-3 from both halves, then lanes 4-7
			for q := range 2 {
				e.p("\tVADDPD Y%d, Y%d, Y0\n\tVMOVUPD Y0, %d(%s)", half{e, 0}.sum(q), half{e, 1}.sum(q), 32*q, regSums)
			}
		},
	}, {
		name: "momentumStep256", does: "computes g = clip*y + decay*z, v = momentum*v + g, z = z - (alpha*g + beta*v).",
		streams: []stream{inY, toV, toZ},
		body: func(v half) {
			v.e.p("\tVMOVUPS %s, Y0\n\tVMOVUPS %s, Y1\n\tVMOVUPS %s, Y2", v.at(toZ), v.at(toV), v.at(inY))
			v.e.p("\tVMULPS %s, Y2, Y2\n\tVFMADD231PS %s, Y0, Y2", v.par(0), v.par(1))
			v.e.p("\tVMOVUPS %s, Y3\n\tVFMADD213PS Y2, Y3, Y1", v.par(2))
			v.store(1, toV, false)
			v.e.p("\tVFNMADD231PS %s, Y2, Y0\n\tVFNMADD231PS %s, Y1, Y0", v.par(3), v.par(4))
			v.store(0, toZ, false)
		},
	}}
}

package main

// What the loops of both widths do, for their comments.
const (
	doesScaled    = "computes z = factor*x."
	doesAddScaled = "computes z = z + factor*x."
	doesMaxAt     = "keeps the larger of z and x in z, and in v the positions of those of x."
	doesPReLU     = "computes z = y where x > 0 and slope*y elsewhere, with a slope per lane."
	doesGate      = "computes z = x times lane 0 of y."
	doesMulAdd    = "computes z = z + x*y."
)

// Predicates of VCMPPS: not less or equal, which NaN fulfils, and neither is NaN.
const (
	lessOrEqual    = 0x02
	notLessOrEqual = 0x16
	ordered        = 0x07
)

// classicKernels are the loops of pooling, interpolation, PReLU and gates in registers of 16 floats.
func classicKernels() []kernel {
	return []kernel{{
		name: "scaled512", does: doesScaled, unroll: 1, streams: []stream{apartX, apartZ}, before: factor512,
		body: func(e *emitter, _ int) { e.p("\tVMULPS (%s), Z0, Z1\n\tVMOVUPS Z1, (%s)", regX, regZ) },
	}, {
		name: "addScaled512", does: doesAddScaled, unroll: 1, streams: []stream{apartX, apartZ}, before: factor512,
		body: func(e *emitter, _ int) {
			e.p("\tVMOVUPS (%s), Z1\n\tVFMADD231PS (%s), Z0, Z1\n\tVMOVUPS Z1, (%s)", regZ, regX, regZ)
		},
	}, {
		name: "maxAt512", does: doesMaxAt, unroll: 1, streams: []stream{apartX, toZ, toV},
		before: func(e *emitter) { e.params(2) },
		body: func(e *emitter, _ int) {
			e.p("\tVMOVUPS (%s), Z2\n\tVMOVUPS (%s), Z3", regX, regZ)
			e.p("\tVCMPPS $%d, Z3, Z2, K1\n\tVCMPPS $%d, Z3, Z3, K1, K1", notLessOrEqual, ordered)
			e.p("\tVMOVUPS Z2, K1, (%s)\n\tVMOVUPS Z0, K1, (%s)\n\tVADDPS Z1, Z0, Z0", regZ, regV)
		},
	}, {
		name: "prelu512", does: doesPReLU, unroll: 4, streams: []stream{inX, inY, toZ},
		before: func(e *emitter) { e.params(1); e.zero(zeroRegister) },
		body: func(e *emitter, u int) {
			x, y := 1+2*u, 2+2*u
			e.load(inX, u, x)
			e.load(inY, u, y)
			e.p("\tVCMPPS $%d, Z%d, Z%d, K%d\n\tVMULPS Z0, Z%d, K%d, Z%d", lessOrEqual, zeroRegister, x, u+1, y, u+1, y)
			e.store(y, toZ, u, false)
		},
	}, {
		name: "gate512", does: doesGate, unroll: 4, streams: []stream{inX, inY, toZ},
		body: func(e *emitter, u int) {
			e.p("\tVBROADCASTSS %d(%s), Z%d\n\tVMULPS %d(%s), Z%d, Z%d", 64*u, regY, u, 64*u, regX, u, u)
			e.store(u, toZ, u, false)
		},
	}, {
		name: "mulAdd512", does: doesMulAdd, unroll: 4, streams: []stream{inX, inY, toZ},
		body: func(e *emitter, u int) {
			x, z := 2*u, 2*u+1
			e.load(inX, u, x)
			e.load(toZ, u, z)
			e.p("\tVFMADD231PS %d(%s), Z%d, Z%d", 64*u, regY, x, z)
			e.store(z, toZ, u, false)
		},
	}}
}

func factor512(e *emitter) { e.p("\tVBROADCASTSS Args_Factor(DI), Z0") }

// classicHalves are the same loops in registers of 8 floats.
func classicHalves() []halves {
	return []halves{{
		name: "scaled256", does: doesScaled, streams: []stream{apartX, apartZ}, before: factor256,
		body: func(v half) {
			v.e.p("\tVMULPS %s, Y8, Y0", v.at(apartX))
			v.store(0, apartZ, false)
		},
	}, {
		name: "addScaled256", does: doesAddScaled, streams: []stream{apartX, apartZ}, before: factor256,
		body: func(v half) {
			v.e.p("\tVMOVUPS %s, Y0\n\tVFMADD231PS %s, Y8, Y0", v.at(apartZ), v.at(apartX))
			v.store(0, apartZ, false)
		},
	}, {
		name: "maxAt256", does: doesMaxAt, streams: []stream{apartX, toZ, toV},
		before: func(e *emitter) { e.p("\tVMOVUPS (%s), Y8\n\tVMOVUPS 32(%s), Y9", regPar, regPar) },
		body: func(v half) {
			v.e.p("\tVMOVUPS %s, Y2\n\tVMOVUPS %s, Y3\n\tVMOVUPS %s, Y6", v.at(apartX), v.at(toZ), v.at(toV))
			v.e.p("\tVCMPPS $%d, Y3, Y2, Y4\n\tVCMPPS $%d, Y3, Y3, Y5\n\tVANDPS Y5, Y4, Y4", notLessOrEqual, ordered)
			v.e.p("\tVBLENDVPS Y4, Y2, Y3, Y3\n\tVBLENDVPS Y4, Y%d, Y6, Y6", 8+v.h)
			v.store(3, toZ, false)
			v.store(6, toV, false)
			v.e.p("\tVADDPS %s, Y%d, Y%d", v.par(1), 8+v.h, 8+v.h)
		},
	}, {
		name: "prelu256", does: doesPReLU, streams: []stream{inX, inY, toZ},
		before: func(e *emitter) { e.p("\tVXORPS Y%d, Y%d, Y%d", zeroHalf, zeroHalf, zeroHalf) },
		body: func(v half) {
			v.e.p("\tVMOVUPS %s, Y0\n\tVMOVUPS %s, Y1\n\tVMULPS %s, Y1, Y2", v.at(inX), v.at(inY), v.par(0))
			v.e.p("\tVCMPPS $%d, Y%d, Y0, Y3\n\tVBLENDVPS Y3, Y2, Y1, Y1", lessOrEqual, zeroHalf)
			v.store(1, toZ, false)
		},
	}, {
		name: "gate256", does: doesGate, streams: []stream{inX, inY, toZ},
		body: func(v half) {
			v.e.p("\tVBROADCASTSS (%s), Y0\n\tVMULPS %s, Y0, Y0", regY, v.at(inX))
			v.store(0, toZ, false)
		},
	}, {
		name: "mulAdd256", does: doesMulAdd, streams: []stream{inX, inY, toZ},
		body: func(v half) {
			v.e.p("\tVMOVUPS %s, Y0\n\tVMOVUPS %s, Y1\n\tVFMADD231PS %s, Y0, Y1", v.at(inX), v.at(toZ), v.at(inY))
			v.store(1, toZ, false)
		},
	}}
}

func factor256(e *emitter) { e.p("\tVBROADCASTSS Args_Factor(DI), Y8") }

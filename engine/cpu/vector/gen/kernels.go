package main

func kernels() []kernel {
	return []kernel{
		affineLeaky("affineLeaky512", false), affineLeaky("affineLeakyPast512", true),
		normSums(), normGrad("normGrad512", false), normGrad("normGradPast512", true),
		moments(), sum("add512", false), sum("addPast512", true), leakyGrad(),
		sumSquares(), nesterov(),
	}
}

const slopeRegister, zeroRegister = 30, 31

// slope loads what leaky needs.
func slope(e *emitter) {
	e.p("\tVBROADCASTSS Args_Slope(DI), Z%d", slopeRegister)
	e.zero(zeroRegister)
}

// leaky multiplies g by the slope where v <= 0; u numbers the mask.
func leaky(e *emitter, v, g, u int) {
	e.p("\tVCMPPS $2, Z%d, Z%d, K%d", zeroRegister, v, u+1)
	e.p("\tVMULPS Z%d, Z%d, K%d, Z%d", slopeRegister, g, u+1, g)
}

func affineLeaky(name string, past bool) kernel {
	return kernel{
		name: name, does: "computes z = leaky((x - mean)*scale + shift).", unroll: 4, streams: []stream{inX, toZ},
		before: func(e *emitter) { e.params(3); slope(e) },
		body: func(e *emitter, u int) {
			v := 3 + u
			e.load(inX, u, v)
			e.p("\tVSUBPS Z0, Z%d, Z%d", v, v)
			e.p("\tVFMADD213PS Z2, Z1, Z%d", v)
			leaky(e, v, v, u)
			e.store(v, toZ, u, past)
		},
		after: func(e *emitter) { e.fence(past) },
	}
}

// signedGradient loads d = x - mean and g, y behind leaky at d*scale + shift. The mean comes off first,
// since x may be large where its deviation is small.
func signedGradient(e *emitter, d, g, u int) {
	v := 18 + 3*u
	e.load(inX, u, d)
	e.load(inY, u, g)
	e.p("\tVSUBPS Z0, Z%d, Z%d", d, d)
	e.p("\tVMOVAPS Z%d, Z%d", d, v)
	e.p("\tVFMADD213PS Z2, Z1, Z%d", v)
	leaky(e, v, g, u)
}

func normSums() kernel {
	sums := []int{8, 9, 10, 11, 12, 13, 14, 15}
	return kernel{
		name: "normSums512", does: "sums g and g*(x - mean) where g is y behind leaky at (x - mean)*scale + shift.",
		unroll: 4, streams: []stream{inX, inY},
		before: func(e *emitter) { e.params(3); slope(e); e.zero(sums...) },
		body: func(e *emitter, u int) {
			x, g := 16+3*u, 17+3*u
			signedGradient(e, x, g, u)
			e.p("\tVADDPS Z%d, Z%d, Z%d", g, sums[u], sums[u])
			e.p("\tVFMADD231PS Z%d, Z%d, Z%d", x, g, sums[4+u])
		},
		after: storeSums(sums),
	}
}

// storeSums adds four registers each of two sums in a fixed order.
func storeSums(sums []int) func(e *emitter) {
	return func(e *emitter) {
		for k := range 2 {
			s := sums[4*k : 4*k+4]
			e.p("\tVADDPS Z%d, Z%d, Z%d", s[1], s[0], s[0])
			e.p("\tVADDPS Z%d, Z%d, Z%d", s[3], s[2], s[2])
			e.p("\tVADDPS Z%d, Z%d, Z%d", s[2], s[0], s[0])
			e.p("\tVMOVUPS Z%d, %d(%s)", s[0], 64*k, regSums)
		}
	}
}

func normGrad(name string, past bool) kernel {
	return kernel{
		name: name, does: "computes z = scale*(g - c - b*(x - mean)) where g is y behind leaky at (x - mean)*scale + shift.",
		unroll: 4, streams: []stream{inX, inY, toZ},
		before: func(e *emitter) { e.params(5); slope(e) },
		body: func(e *emitter, u int) {
			x, g := 16+3*u, 17+3*u
			signedGradient(e, x, g, u)
			e.p("\tVSUBPS Z4, Z%d, Z%d", g, g)
			e.p("\tVFNMADD231PS Z%d, Z3, Z%d", x, g)
			e.p("\tVMULPS Z1, Z%d, Z%d", g, g)
			e.store(g, toZ, u, past)
		},
		after: func(e *emitter) { e.fence(past) },
	}
}

func moments() kernel {
	sums := []int{8, 9, 10, 11, 12, 13, 14, 15}
	return kernel{
		name: "moments512", does: "sums x - shift and its square.", unroll: 4, streams: []stream{inX},
		before: func(e *emitter) { e.params(1); e.zero(sums...) },
		body: func(e *emitter, u int) {
			e.load(inX, u, 16+u)
			e.p("\tVSUBPS Z0, Z%d, Z%d", 16+u, 16+u)
			e.p("\tVADDPS Z%d, Z%d, Z%d", 16+u, sums[u], sums[u])
			e.p("\tVFMADD231PS Z%d, Z%d, Z%d", 16+u, 16+u, sums[4+u])
		},
		after: storeSums(sums),
	}
}

func sum(name string, past bool) kernel {
	return kernel{
		name: name, does: "computes z = x + y.", unroll: 4, streams: []stream{inX, inY, toZ},
		body: func(e *emitter, u int) {
			e.load(inX, u, u)
			e.p("\tVADDPS %d(%s), Z%d, Z%d", 64*u, regY, u, u)
			e.store(u, toZ, u, past)
		},
		after: func(e *emitter) { e.fence(past) },
	}
}

func leakyGrad() kernel {
	return kernel{
		name: "leakyGrad512", does: "computes z = y behind leaky at x.", unroll: 4, streams: []stream{inX, inY, toZ},
		before: slope,
		body: func(e *emitter, u int) {
			e.load(inX, u, 2*u)
			e.load(inY, u, 2*u+1)
			leaky(e, 2*u, 2*u+1, u)
			e.store(2*u+1, toZ, u, false)
		},
	}
}

// sumSquares works in float64, since the sum runs over all parameters of a network.
func sumSquares() kernel {
	return kernel{
		name: "sumSquares512", does: "sums the squares of x into eight float64 lanes.", unroll: 4, streams: []stream{inX},
		before: func(e *emitter) { e.zero(0, 1, 2, 3, 4, 5, 6, 7) },
		body: func(e *emitter, u int) {
			for h := range 2 {
				z := 16 + 2*u + h
				e.p("\tVCVTPS2PD %d(%s), Z%d", 64*u+32*h, regX, z)
				e.p("\tVFMADD231PD Z%d, Z%d, Z%d", z, z, 2*u+h)
			}
		},
		after: func(e *emitter) {
			for step := 4; step >= 1; step /= 2 {
				for i := range step {
					e.p("\tVADDPD Z%d, Z%d, Z%d", i+step, i, i)
				}
			}
			e.p("\tVMOVUPD Z0, (%s)", regSums)
		},
	}
}

// nesterov: parameters are vectors of clip, decay, momentum, the factor of g and the factor of v.
func nesterov() kernel {
	return kernel{
		name: "momentumStep512", does: "computes g = clip*y + decay*z, v = momentum*v + g, z = z - (alpha*g + beta*v).",
		unroll: 4, streams: []stream{inY, toV, toZ},
		before: func(e *emitter) { e.params(5) },
		body: func(e *emitter, u int) {
			g, v, p := 8+3*u, 9+3*u, 10+3*u
			e.load(toZ, u, p)
			e.load(toV, u, v)
			e.p("\tVMULPS %d(%s), Z0, Z%d", 64*u, regY, g)
			e.p("\tVFMADD231PS Z%d, Z1, Z%d", p, g)
			e.p("\tVFMADD213PS Z%d, Z2, Z%d", g, v)
			e.store(v, toV, u, false)
			e.p("\tVFNMADD231PS Z%d, Z3, Z%d", g, p)
			e.p("\tVFNMADD231PS Z%d, Z4, Z%d", v, p)
			e.store(p, toZ, u, false)
		},
	}
}

// peakSums is the number of independent sums of the peak loop: enough to hide the latency of two units.
const peakSums = 24

// peak emits a loop without memory: what the arithmetic units do at best.
func (e *emitter) peak(name string, vectors int, register string) {
	e.p("\n// func %s(a *Args)\nTEXT ·%s(SB), NOSPLIT, $0-8\n\tMOVQ a+0(FP), DI\n\tMOVQ Args_N(DI), %s", name, name, regN)
	for i := range vectors + 1 {
		e.p("\tVXORPS %s%d, %s%d, %s%d", register, i, register, i, register, i)
	}
	e.p("loop:")
	for range peakSums / vectors {
		for i := range vectors {
			e.p("\tVFMADD231PS %s%d, %s%d, %s%d", register, vectors, register, vectors, register, i)
		}
	}
	e.p("\tDECQ %s\n\tJNZ loop\n\tVZEROUPPER\n\tRET", regN)
}

package main

import (
	"fmt"
	"math"
)

// Registers of the loss kernels: the running class pointers are q and r, c counts classes.
const (
	lossLogits, lossLabels, lossOut = "SI", "BX", "DX"
	lossStride, lossOutStride       = "R8", "R9"
	lossTable, lossQ, lossR, lossC  = "R10", "R11", "R12", "R13"
	lossCoefficients, lossN         = "AX", "CX"

	zMax, zSum, zLabel, zClass, zOne, zIgnore, zClasses, zFloor = 16, 17, 18, 19, 20, 21, 22, 23
	zX, zN, zY, zT                                              = 0, 1, 2, 3
)

// constants are the numbers of exp and log, from Cephes (Moshier) expf.c and logf.c.
var constants = []float32{
	math.Log2E, 0.693359375, -2.12194440e-4,
	1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
	7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
	2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
	math.Sqrt2, 0.5, -100,
}

// Places in the table.
const (
	cLog2E, cLn2High, cLn2Low, cExp, cOne, cLog, cSqrt2, cHalf, cFloor = 0, 1, 2, 3, 9, 10, 19, 20, 21
)

func constant(i int) string { return fmt.Sprintf("%d(%s)", 4*i, lossTable) }

func (e *emitter) lossConstants() {
	e.p("")
	for i, c := range constants {
		e.p("DATA lossConstants<>+%d(SB)/4, $0x%08x", 4*i, math.Float32bits(c))
	}
	e.p("GLOBL lossConstants<>(SB), RODATA|NOPTR, $%d", 4*len(constants))
}

// exp replaces zX <= 0 by its exponential in zY; below -100 it is that of -100, so that minus infinity
// gives nearly 0. The relative error is below 2e-7.
func (e *emitter) exp() {
	e.p("\tVMAXPS Z%d, Z%d, Z%d", zX, zFloor, zX) // this order of operands keeps NaN
	e.p("\tVMULPS.BCST %s, Z%d, Z%d", constant(cLog2E), zX, zN)
	e.p("\tVRNDSCALEPS $0, Z%d, Z%d", zN, zN)
	e.p("\tVFNMADD231PS.BCST %s, Z%d, Z%d", constant(cLn2High), zN, zX)
	e.p("\tVFNMADD231PS.BCST %s, Z%d, Z%d", constant(cLn2Low), zN, zX)
	e.p("\tVBROADCASTSS %s, Z%d", constant(cExp), zY)
	for i := 1; i < 6; i++ {
		e.p("\tVFMADD213PS.BCST %s, Z%d, Z%d", constant(cExp+i), zX, zY)
	}
	e.p("\tVMULPS Z%d, Z%d, Z%d", zX, zX, zT)
	e.p("\tVFMADD213PS Z%d, Z%d, Z%d", zX, zT, zY)
	e.p("\tVADDPS Z%d, Z%d, Z%d", zOne, zY, zY)
	e.p("\tVSCALEFPS Z%d, Z%d, Z%d", zN, zY, zY)
}

// log puts the logarithm of the normal number in Z(from) into zY.
func (e *emitter) log(from int) {
	e.p("\tVGETEXPPS Z%d, Z%d", from, zN)
	e.p("\tVGETMANTPS $0, Z%d, Z%d", from, zX)
	e.p("\tVBROADCASTSS %s, Z%d", constant(cSqrt2), zT)
	e.p("\tVCMPPS $1, Z%d, Z%d, K1", zX, zT) // sqrt(2) < mantissa
	e.p("\tVMULPS.BCST %s, Z%d, K1, Z%d", constant(cHalf), zX, zX)
	e.p("\tVADDPS Z%d, Z%d, K1, Z%d", zOne, zN, zN)
	e.p("\tVSUBPS Z%d, Z%d, Z%d", zOne, zX, zX)
	e.p("\tVBROADCASTSS %s, Z%d", constant(cLog), zY)
	for i := 1; i < 9; i++ {
		e.p("\tVFMADD213PS.BCST %s, Z%d, Z%d", constant(cLog+i), zX, zY)
	}
	e.p("\tVMULPS Z%d, Z%d, Z%d", zX, zX, zT) // square
	e.p("\tVMULPS Z%d, Z%d, Z%d", zX, zY, zY)
	e.p("\tVMULPS Z%d, Z%d, Z%d", zT, zY, zY)
	e.p("\tVFMADD231PS.BCST %s, Z%d, Z%d", constant(cLn2Low), zN, zY)
	e.p("\tVFNMADD231PS.BCST %s, Z%d, Z%d", constant(cHalf), zT, zY)
	e.p("\tVADDPS Z%d, Z%d, Z%d", zX, zY, zY)
	e.p("\tVFMADD231PS.BCST %s, Z%d, Z%d", constant(cLn2High), zN, zY)
}

// lossKernel emits a loop over vectors of 16 voxels. each handles one vector, with zLabel loaded and K7
// the voxels that count; sums are what it accumulates and stores in the end.
type lossKernel struct {
	name, does string
	sums       []int
	each       func(e *emitter)
}

func (e *emitter) lossKernel(k lossKernel) {
	e.p("\n// func %s(a *LossArgs)\nTEXT ·%s(SB), NOSPLIT, $0-8\n\tMOVQ a+0(FP), DI", k.name, k.name)
	for _, f := range [][2]string{{"Logits", lossLogits}, {"Labels", lossLabels}, {"Out", lossOut}, {"Stride", lossStride},
		{"OutStride", lossOutStride}, {"Coefficients", lossCoefficients}, {"N", lossN}} {
		e.p("\tMOVQ LossArgs_%s(DI), %s", f[0], f[1])
	}
	e.p("\tLEAQ lossConstants<>(SB), %s", lossTable)
	e.p("\tVBROADCASTSS %s, Z%d\n\tVBROADCASTSS %s, Z%d", constant(cOne), zOne, constant(cFloor), zFloor)
	e.p("\tVBROADCASTSS LossArgs_Ignore(DI), Z%d\n\tVCVTSI2SSQ LossArgs_Classes(DI), X0, X0\n\tVBROADCASTSS X0, Z%d", zIgnore, zClasses)
	e.zero(k.sums...)
	e.p("voxels:\n\tVMOVUPS (%s), Z%d", lossLabels, zLabel)
	e.valid()
	k.each(e)
	e.p("\tADDQ $64, %s\n\tADDQ $64, %s\n\tADDQ LossArgs_OutStep(DI), %s", lossLogits, lossLabels, lossOut)
	e.p("\tDECQ %s\n\tJNZ voxels", lossN)
	e.p("\tMOVQ LossArgs_Sums(DI), DI")
	for i, z := range k.sums {
		e.p("\tVMOVUPS Z%d, %d(DI)", z, 64*i)
	}
	e.p("\tVZEROUPPER\n\tRET")
}

// valid puts the voxels that count into K7 and those whose label is neither a class nor ignored into K6.
func (e *emitter) valid() {
	e.zero(zT)
	e.p("\tVRNDSCALEPS $0, Z%d, Z%d", zLabel, zX)
	e.p("\tVCMPPS $0, Z%d, Z%d, K7", zX, zLabel)           // an integer
	e.p("\tVCMPPS $2, Z%d, Z%d, K7, K7", zLabel, zT)       // 0 <= label
	e.p("\tVCMPPS $1, Z%d, Z%d, K7, K7", zClasses, zLabel) // label < classes
	e.p("\tVCMPPS $0, Z%d, Z%d, K5", zIgnore, zLabel)
	e.p("\tKORW K5, K7, K6\n\tKNOTW K6, K6\n\tKANDNW K7, K5, K7")
}

// classes emits a loop over the classes: q runs over the logits, r over the results, and zClass holds
// the number of the class.
func (e *emitter) classes(label string, body func()) {
	e.p("\tMOVQ %s, %s\n\tMOVQ %s, %s\n\tMOVQ LossArgs_Classes(DI), %s", lossLogits, lossQ, lossOut, lossR, lossC)
	e.zero(zClass)
	e.p("%s:", label)
	body()
	e.p("\tADDQ %s, %s\n\tADDQ %s, %s\n\tVADDPS Z%d, Z%d, Z%d", lossStride, lossQ, lossOutStride, lossR, zOne, zClass, zClass)
	e.p("\tDECQ %s\n\tJNZ %s", lossC, label)
}

// exponentials puts the largest logit into zMax and the sum of exp(logit - largest) into zSum, calling
// with each of these in zY.
func (e *emitter) exponentials(with func()) {
	e.p("\tVMOVUPS (%s), Z%d", lossLogits, zMax)
	e.classes("largest", func() { e.p("\tVMAXPS (%s), Z%d, Z%d", lossQ, zMax, zMax) })
	e.zero(zSum)
	e.classes("exponentials", func() {
		e.p("\tVMOVUPS (%s), Z%d\n\tVSUBPS Z%d, Z%d, Z%d", lossQ, zX, zMax, zX, zX)
		e.exp()
		e.p("\tVADDPS Z%d, Z%d, Z%d", zY, zSum, zSum)
		with()
	})
}

func (e *emitter) storeExponential() { e.p("\tVMOVUPS Z%d, (%s)", zY, lossR) }

// reciprocal turns the sum into its reciprocal.
func (e *emitter) reciprocal() { e.p("\tVDIVPS Z%d, Z%d, Z%d", zSum, zOne, zSum) }

// isClass puts the voxels that count and have the class at hand into K1.
func (e *emitter) isClass() { e.p("\tVCMPPS $0, Z%d, Z%d, K7, K1", zClass, zLabel) }

// count adds the voxels of a mask to a sum.
func (e *emitter) count(mask string, sum int) {
	e.p("\tVADDPS Z%d, Z%d, %s, Z%d", zOne, sum, mask, sum)
}

func lossKernels() []lossKernel {
	const loss, counted, wrong, own = 24, 25, 26, 27
	return []lossKernel{{
		name: "softmaxLoss512", does: "sums the cross-entropies, the voxels that count and those with a wrong label.",
		sums: []int{loss, counted, wrong},
		each: func(e *emitter) {
			e.zero(own)
			e.exponentials(func() {
				e.isClass()
				e.p("\tVMOVUPS (%s), K1, Z%d", lossQ, own)
			})
			e.log(zSum)
			e.p("\tVADDPS Z%d, Z%d, Z%d\n\tVSUBPS Z%d, Z%d, Z%d", zMax, zY, zY, own, zY, zY)
			e.p("\tVADDPS Z%d, Z%d, K7, Z%d", zY, loss, loss)
			e.count("K7", counted)
			e.count("K6", wrong)
		},
	}, {
		name: "softmaxLossGrad512", does: "computes Factor*(softmax - one-hot label), 0 for voxels that do not count.",
		each: func(e *emitter) {
			e.exponentials(e.storeExponential)
			e.reciprocal()
			e.p("\tVBROADCASTSS LossArgs_Factor(DI), Z24")
			e.classes("gradient", func() {
				e.p("\tVMULPS (%s), Z%d, Z%d", lossR, zSum, zX)
				e.isClass()
				e.p("\tVSUBPS Z%d, Z%d, K1, Z%d", zOne, zX, zX)
				e.p("\tVMULPS.Z Z24, Z%d, K7, Z%d\n\tVMOVUPS Z%d, (%s)", zX, zX, zX, lossR)
			})
		},
	}, {
		name: "diceSums512", does: "adds p*y, p and y of every class to the three vectors that it has in Coefficients, and counts wrong labels.",
		sums: []int{wrong},
		each: func(e *emitter) {
			e.exponentials(e.storeExponential)
			e.reciprocal()
			e.count("K6", wrong)
			e.p("\tMOVQ LossArgs_Coefficients(DI), %s", lossCoefficients)
			e.classes("sums", func() {
				e.p("\tVMULPS.Z (%s), Z%d, K7, Z%d", lossR, zSum, zX)
				e.isClass()
				for i := range 3 {
					e.p("\tVMOVUPS %d(%s), Z%d", 64*i, lossCoefficients, 4+i)
				}
				e.p("\tVADDPS Z%d, Z4, K1, Z4\n\tVADDPS Z%d, Z5, Z5\n\tVADDPS Z%d, Z6, K1, Z6", zX, zX, zOne)
				for i := range 3 {
					e.p("\tVMOVUPS Z%d, %d(%s)", 4+i, 64*i, lossCoefficients)
				}
				e.p("\tADDQ $192, %s", lossCoefficients)
			})
		},
	}, {
		name: "diceGrad512", does: "computes p*(g - mean) with g = a*y + b, a and b of every class in Coefficients, and mean the sum of g*p.",
		each: func(e *emitter) {
			const mean, slope = 24, 25
			g := func() {
				e.isClass()
				e.p("\tVBROADCASTSS 4(%s), Z%d\n\tVADDPS.BCST (%s), Z%d, K1, Z%d", lossCoefficients, slope, lossCoefficients, slope, slope)
				e.p("\tADDQ $8, %s", lossCoefficients)
			}
			e.exponentials(e.storeExponential)
			e.reciprocal()
			e.zero(mean)
			e.p("\tMOVQ LossArgs_Coefficients(DI), %s", lossCoefficients)
			e.classes("mean", func() {
				g()
				e.p("\tVMULPS (%s), Z%d, Z%d\n\tVFMADD231PS Z%d, Z%d, Z%d", lossR, zSum, zX, zX, slope, mean)
			})
			e.p("\tMOVQ LossArgs_Coefficients(DI), %s", lossCoefficients)
			e.classes("gradient", func() {
				g()
				e.p("\tVMULPS (%s), Z%d, Z%d\n\tVSUBPS Z%d, Z%d, Z%d", lossR, zSum, zX, mean, slope, slope)
				e.p("\tVMULPS.Z Z%d, Z%d, K7, Z%d\n\tVMOVUPS Z%d, (%s)", slope, zX, zX, zX, lossR)
			})
		},
	}}
}

package kernel

import "unsafe"

func levelKernels(l Level) *microkernels {
	switch l {
	case AVX512:
		m := &microkernels{
			rows: 14, wide: 2, gradInputs: 8, transpose: transposeAVX512,
			tiles: [2][2]tileTable{
				{tilesAVX512_16_step1(), tilesAVX512_32_step1()},
				{tilesAVX512_16_step2(), tilesAVX512_32_step2()},
			},
			pairs:      pairsAVX512(),
			planar:     [2]tileTable{planarAVX512_16(), planarAVX512_32()},
			grad:       [2]func(*gradArgs){gradAVX512_8x16, gradAVX512_8x32},
			planarGrad: [2]func(*planarGradArgs){planarGradAVX512_9x16, planarGradAVX512_9x32},
			winograd: &transforms{winogradInputAVX512, winogradOutputAVX512, winogradGradAVX512,
				winogradWeightsAVX512, winogradWeightGradAVX512},
		}
		if HasHalf() {
			m.half = &halfKernels{[2]tileTable{halfTilesAVX512_16(), halfTilesAVX512_32()}, winogradHalfInputAVX512}
		}
		return m
	case AVX2:
		return &microkernels{
			rows: 6, wide: 1, gradInputs: 4, transpose: transposeAVX2,
			tiles:      [2][2]tileTable{{tilesAVX2_16_step1()}, {tilesAVX2_16_step2()}},
			planar:     [2]tileTable{planarAVX2_16()},
			grad:       [2]func(*gradArgs){gradAVX2_4x16, gradAVX2Twice},
			planarGrad: [2]func(*planarGradArgs){planarGradAVX2, planarGradAVX2},
			winograd: &transforms{halves(winogradInputAVX2), halves(winogradOutputAVX2), halves(winogradGradAVX2),
				twice(winogradWeightsAVX2), twice(winogradWeightGradAVX2)},
		}
	}
	return portableKernels()
}

// gradAVX2Twice computes 32 output channels as two blocks.
func gradAVX2Twice(a *gradArgs) {
	xat, dyat, planes := a.xat, a.dyat, a.planes
	gradAVX2_4x16(a)
	a.xat, a.dyat, a.planes = xat, dyat+a.dyblock, planes
	a.dw = unsafe.Add(a.dw, lanes*4)
	gradAVX2_4x16(a)
}

// planarGradAVX2 computes a.outputs channels, 8 at a time because 9 taps times 16 channels do not fit
// the registers.
func planarGradAVX2(a *planarGradArgs) {
	dy, dw, rows := a.dy, a.dw, a.rows
	for v := range a.outputs / 8 {
		a.dy = unsafe.Add(dy, v/2*a.dyblock+v%2*32)
		a.dw, a.rows = unsafe.Add(dw, v*32), rows
		planarGradAVX2_9x8(a)
	}
	a.dy, a.dw = dy, dw
}

// halves computes 16 channels as two vectors of 8.
func halves(k func(*transformArgs)) func(*transformArgs) {
	return func(a *transformArgs) {
		k(a)
		for _, p := range []*unsafe.Pointer{&a.r0, &a.r1, &a.r2, &a.r3, &a.points, &a.stats, &a.bias} {
			if *p != nil {
				*p = unsafe.Add(*p, 32)
			}
		}
		k(a)
	}
}

// twice computes a.n vectors of 16 as twice as many of 8.
func twice(k func(*transformArgs)) func(*transformArgs) {
	return func(a *transformArgs) {
		a.n *= 2
		k(a)
	}
}

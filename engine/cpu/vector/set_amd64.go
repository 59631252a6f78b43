package vector

// AVX512 returns the loops in AVX-512 assembly, which needs the features F and DQ, or nil where the
// program is not built for it.
func AVX512() *Set {
	return &Set{
		AffineLeaky: affineLeaky512, AffineLeakyPast: affineLeakyPast512,
		NormSums: normSums512, NormGrad: normGrad512, NormGradPast: normGradPast512,
		Moments: moments512, Add: add512, AddPast: addPast512, LeakyGrad: leakyGrad512,
		SumSquares: sumSquares512, MomentumStep: momentumStep512,
		Scaled: scaled512, AddScaled: addScaled512, MaxAt: maxAt512, PReLU: prelu512, Gate: gate512, MulAdd: mulAdd512,
		SoftmaxLoss: softmaxLoss512, SoftmaxLossGrad: softmaxLossGrad512, DiceSums: diceSums512, DiceGrad: diceGrad512,
	}
}

// AVX2 returns the loops in AVX2 assembly with FMA, the losses in plain Go, or nil where the program is
// not built for it.
func AVX2() *Set {
	s := Portable()
	s.AffineLeaky, s.AffineLeakyPast = affineLeaky256, affineLeakyPast256
	s.NormSums, s.NormGrad, s.NormGradPast = normSums256, normGrad256, normGradPast256
	s.Moments, s.Add, s.AddPast, s.LeakyGrad = moments256, add256, addPast256, leakyGrad256
	s.SumSquares, s.MomentumStep = sumSquares256, momentumStep256
	s.Scaled, s.AddScaled, s.MaxAt = scaled256, addScaled256, maxAt256
	s.PReLU, s.Gate, s.MulAdd = prelu256, gate256, mulAdd256
	return s
}

// AVX512Peak is the peak of AVX-512.
func AVX512Peak() Peak { return Peak{peak512, 2 * 16 * peakOperations} }

// AVX2Peak is the peak of AVX2 with FMA.
func AVX2Peak() Peak { return Peak{peak256, 2 * 8 * peakOperations} }

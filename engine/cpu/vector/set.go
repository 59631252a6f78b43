package vector

import "unsafe"

// Lanes is the number of floats a loop handles at a step.
const Lanes = 16

// Args are the operands of a loop; which ones it uses stands at the field of Set. Assembly reads
// them by name.
type Args struct {
	X, Y, Z, V unsafe.Pointer
	// Par points to vectors of 16 parameters.
	Par unsafe.Pointer
	// Sums receives results.
	Sums unsafe.Pointer
	// N counts the vectors of the arrays.
	N int
	// Slope belongs to leaky: values that are not positive are multiplied by it.
	Slope float32
	// Factor belongs to the scaled loops.
	Factor float32
	// StepX and StepZ are the bytes between neighbouring vectors of X and Z where a loop says so; in all
	// others, vectors follow each other.
	StepX, StepZ int
}

// Loop is one of the loops of a Set.
type Loop func(a *Args)

// Set holds the loops of one instruction set. Here leaky(g at v) is g where v > 0 and Slope*g
// elsewhere.
type Set struct {
	// AffineLeaky computes z = leaky(v at v) with v = (x - mean)*scale + shift; Par: mean, scale, shift.
	AffineLeaky, AffineLeakyPast Loop
	// NormSums sums g = leaky(y at (x - mean)*scale + shift) and g*(x - mean) over all vectors into the
	// two vectors of Sums; Par: mean, scale, shift.
	NormSums Loop
	// NormGrad computes z = scale*(g - c - b*(x - mean)) with the same g; Par: mean, scale, shift, b, c.
	NormGrad, NormGradPast Loop
	// Moments sums x - shift and its square into the two vectors of Sums; Par: shift.
	Moments Loop
	// Add computes z = x + y.
	Add, AddPast Loop
	// LeakyGrad computes z = leaky(y at x).
	LeakyGrad Loop
	// SumSquares sums the squares of x into the eight float64 of Sums.
	SumSquares Loop
	// MomentumStep computes g = clip*y + decay*z, v = momentum*v + g, z = z - (alpha*g + beta*v); Par:
	// clip, decay, momentum, alpha, beta.
	MomentumStep Loop

	// Scaled computes z = Factor*x and AddScaled z = z + Factor*x, both with StepX and StepZ.
	Scaled, AddScaled Loop
	// MaxAt keeps the larger of z and x in z, and in v the position of those that came from x; the first of
	// equals stays, and so does the first NaN. Par: the position of the first vector of x, what is added to it
	// per vector. X has StepX.
	MaxAt Loop
	// PReLU computes z = y where x > 0 and slope*y elsewhere; Par: a slope per lane.
	PReLU Loop
	// Gate computes z = x times lane 0 of y.
	Gate Loop
	// MulAdd computes z = z + x*y.
	MulAdd Loop

	// SoftmaxLoss sums the cross-entropies of softmax and label, the voxels that count, and the voxels
	// with a wrong label into the three vectors of Sums.
	SoftmaxLoss LossLoop
	// SoftmaxLossGrad writes Factor*(softmax - one-hot label) to Out.
	SoftmaxLossGrad LossLoop
	// DiceSums adds the sums of p*y, p and y, with p the softmax and y the one-hot label, to the three
	// vectors of every class in Coefficients, and stores the count of wrong labels in Sums. Out is
	// scratch, a vector per class.
	DiceSums LossLoop
	// DiceGrad writes p*(g - sum of g*p over the classes) to Out, with g = a*y + b and Coefficients the
	// pairs a, b of every class.
	DiceGrad LossLoop
}

// Portable returns the loops in plain Go.
func Portable() *Set {
	return &Set{
		AffineLeaky: affineLeaky, AffineLeakyPast: affineLeaky,
		NormSums: normSums, NormGrad: normGrad, NormGradPast: normGrad,
		Moments: moments, Add: add, AddPast: add, LeakyGrad: leakyGrad,
		SumSquares: sumSquares, MomentumStep: momentumStep,
		Scaled: scaled, AddScaled: addScaled, MaxAt: maxAt, PReLU: prelu, Gate: gate, MulAdd: mulAdd,
		SoftmaxLoss: softmaxLoss, SoftmaxLossGrad: softmaxLossGrad, DiceSums: diceSums, DiceGrad: diceGrad,
	}
}

package vector

import (
	"math"
	"unsafe"
)

// LossArgs are the operands of a loop over planar logits, 16 voxels at a step. Voxels count when their
// label is a class and not Ignore.
type LossArgs struct {
	// Logits and Out point to the first voxel of the first class.
	Logits, Labels, Out unsafe.Pointer
	Coefficients, Sums  unsafe.Pointer
	// Stride and OutStride are the bytes from a class to the next, OutStep those from a vector to the
	// next.
	Stride, OutStride, OutStep int
	Classes, N                 int
	// Ignore is the label of voxels that do not count, NaN for none.
	Ignore, Factor float32
}

// LossLoop is one of the loss loops of a Set. N must not be 0.
type LossLoop func(a *LossArgs)

// voxel is one voxel of a loss.
type voxel struct {
	a          *LossArgs
	at, lane   int     // vector and lane
	largest    float64 // logit
	sum        float64 // of exp(logit - largest)
	label      int     // -1 when the voxel does not count
	wrong      bool    // the label is neither a class nor Ignore
	reciprocal float64
	few        [16]float64 // exp(logit - largest) of the first classes
}

// voxels calls f for every voxel.
func (a *LossArgs) voxels(f func(v *voxel)) {
	labels := vectors(a.Labels, a.N)
	for i := range a.N {
		for l := range Lanes {
			v := voxel{a: a, at: i, lane: l, label: -1, largest: math.Inf(-1)}
			given := labels[i][l]
			class := given == float32(math.Trunc(float64(given))) && given >= 0 && given < float32(a.Classes)
			switch {
			case given == a.Ignore:
			case class:
				v.label = int(given)
			default:
				v.wrong = true
			}
			v.exponentials()
			f(&v)
		}
	}
}

func (v *voxel) exponentials() {
	for c := range v.a.Classes {
		v.largest = max(v.largest, v.logit(c))
	}
	for c := range v.a.Classes {
		e := math.Exp(v.logit(c) - v.largest)
		v.sum += e
		if c < len(v.few) {
			v.few[c] = e
		}
	}
	v.reciprocal = 1 / v.sum
}

func (v *voxel) logit(c int) float64 {
	return float64(*(*float32)(unsafe.Add(v.a.Logits, c*v.a.Stride+v.at*64+v.lane*4)))
}

func (v *voxel) probability(c int) float64 {
	if c < len(v.few) {
		return v.few[c] * v.reciprocal
	}
	return math.Exp(v.logit(c)-v.largest) * v.reciprocal
}

// is is 1 for the voxel's class and 0 for others.
func (v *voxel) is(c int) float64 {
	if c == v.label {
		return 1
	}
	return 0
}

func (v *voxel) set(c int, value float64) {
	*(*float32)(unsafe.Add(v.a.Out, c*v.a.OutStride+v.at*v.a.OutStep+v.lane*4)) = float32(value)
}

func softmaxLoss(a *LossArgs) {
	sums := vectors(a.Sums, 3)
	clear(sums)
	a.voxels(func(v *voxel) {
		if v.label >= 0 {
			sums[0][v.lane] += float32(v.largest + math.Log(v.sum) - v.logit(v.label))
			sums[1][v.lane]++
		}
		if v.wrong {
			sums[2][v.lane]++
		}
	})
}

func softmaxLossGrad(a *LossArgs) {
	a.voxels(func(v *voxel) {
		for c := range a.Classes {
			if v.label < 0 {
				v.set(c, 0)
				continue
			}
			v.set(c, float64(a.Factor)*(v.probability(c)-v.is(c)))
		}
	})
}

func diceSums(a *LossArgs) {
	sums, wrong := vectors(a.Coefficients, 3*a.Classes), vectors(a.Sums, 1)
	clear(wrong)
	a.voxels(func(v *voxel) {
		if v.wrong {
			wrong[0][v.lane]++
		}
		if v.label < 0 {
			return
		}
		for c := range a.Classes {
			p := v.probability(c)
			sums[3*c][v.lane] += float32(p * v.is(c))
			sums[3*c+1][v.lane] += float32(p)
			sums[3*c+2][v.lane] += float32(v.is(c))
		}
	})
}

func diceGrad(a *LossArgs) {
	k := unsafe.Slice((*[2]float32)(a.Coefficients), a.Classes)
	g := func(v *voxel, c int) float64 { return float64(k[c][0])*v.is(c) + float64(k[c][1]) }
	a.voxels(func(v *voxel) {
		mean := 0.0
		for c := range a.Classes {
			mean += g(v, c) * v.probability(c)
		}
		for c := range a.Classes {
			if v.label < 0 {
				v.set(c, 0)
				continue
			}
			v.set(c, v.probability(c)*(g(v, c)-mean))
		}
	})
}

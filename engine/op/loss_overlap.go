package op

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/engine"
)

// The kinds of this file, with Overlap as attributes.
const (
	// OverlapLossKind is the kind of OverlapLoss: sums -> scalar.
	OverlapLossKind engine.Kind = "overlap_loss"
	// OverlapLossGradKind is its gradient: sums, dy -> like sums.
	OverlapLossGradKind engine.Kind = "overlap_loss_grad"
)

// Overlap says which function of the sums of OverlapSums a loss is.
type Overlap struct {
	// Ratio is one of SquaredRatio, TverskyRatio and GeneralisedRatio.
	Ratio string
	// Smooth, FalsePositives and FalseNegatives are s, alpha and beta of the Tversky ratio.
	Smooth, FalsePositives, FalseNegatives float64
	// Power is what 1 - ratio is raised to; 1 but for the focal Tversky loss.
	Power float64
	// First is the first channel that counts: 1 leaves the background out.
	First int
}

// The ratios, with the sums I, P, G and Q of OverlapSums.
const (
	// SquaredRatio is V-Net's Dice, 2 I / (Q + G); 1 where that divides by zero (Milletari et al. 2016).
	SquaredRatio = "squared"
	// TverskyRatio is (I + s) / (I + alpha (P - I) + beta (G - I) + s) (Salehi et al. 2017); alpha = beta = 1
	// is intersection over union.
	TverskyRatio = "tversky"
	// GeneralisedRatio is one ratio of all channels together, 2 sum w I / sum w (P + G) with w = 1/G^2, and 0
	// for a channel that the target lacks (Sudre et al. 2017). With nothing at all it is 1.
	GeneralisedRatio = "generalised"
)

// OverlapLoss is the mean of (1 - ratio)^power over rows and channels of sums. Its gradient leaves out the
// way over G, which depends on the target alone.
func OverlapLoss(sums engine.Node, o Overlap) engine.Node {
	return sums.Graph().Apply(overlapLossDefinition(o), sums)
}

func overlapLossDefinition(o Overlap) *engine.Definition {
	return &engine.Definition{
		Kind: OverlapLossKind, Attributes: o,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return engine.Shape{}, o.check(s[0])
		},
		Compute: compute(overlapLossKernel[float32](o), overlapLossKernel[float64](o)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{dy.Graph().Apply(overlapLossGradDefinition(o), in[0], dy)}
		},
	}
}

func overlapLossGradDefinition(o Overlap) *engine.Definition {
	return &engine.Definition{
		Kind: OverlapLossGradKind, Attributes: o,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], first(o.check(s[0]), scalar("the gradient", s[1]))
		},
		Compute: compute(overlapLossGradKernel[float32](o), overlapLossGradKernel[float64](o)),
	}
}

// check says what is wrong with the form or the shape of the sums.
func (o Overlap) check(s engine.Shape) error {
	switch {
	case len(s) != 3 || s[2] != overlapTerms:
		return fmt.Errorf("sums have shape %v, want (rows, channel, %d)", s, overlapTerms)
	case o.First < 0 || o.First >= s[1]:
		return fmt.Errorf("first channel %d of %d", o.First, s[1])
	case !(o.Power > 0):
		return fmt.Errorf("power %v, want a positive number", o.Power)
	case o.Ratio != SquaredRatio && o.Ratio != TverskyRatio && o.Ratio != GeneralisedRatio:
		return fmt.Errorf("ratio %q, want %s, %s or %s", o.Ratio, SquaredRatio, TverskyRatio, GeneralisedRatio)
	}
	return nil
}

func overlapLossKernel[T engine.Float](o Overlap) kernel {
	return func(dst engine.Array, src []engine.Array) {
		total, n := 0.0, 0
		o.each(src[0].Shape, float64s(engine.Elements[T](src[0])), func(_ []float64, ratio float64, _ []float64) {
			total += math.Pow(max(0, 1-ratio), o.Power)
			n++
		})
		engine.Elements[T](dst)[0] = T(total / float64(n))
	}
}

// steepest is the least 1 - ratio that the slope of a power below 1 is taken at: at 0 it is infinite.
const steepest = 1e-6

// overlapLossGradKernel: dL/dsum = -dy/n * power * (1 - ratio)^(power-1) * dratio/dsum.
func overlapLossGradKernel[T engine.Float](o Overlap) kernel {
	return func(dst engine.Array, src []engine.Array) {
		sums := float64s(engine.Elements[T](src[0]))
		dy, n := float64(engine.Elements[T](src[1])[0]), 0
		o.each(src[0].Shape, sums, func([]float64, float64, []float64) { n++ })
		o.each(src[0].Shape, sums, func(sums []float64, ratio float64, slopes []float64) {
			factor := -dy / float64(n) * o.Power
			if o.Power != 1 {
				factor *= math.Pow(max(steepest, 1-ratio), o.Power-1)
			}
			for i, slope := range slopes { // each has its own sums, which are not needed any more
				sums[i] = factor * slope
			}
		})
		samples, channels := src[0].Shape[0], src[0].Shape[1]
		for row := range samples { // what does not count has no slope
			clear(sums[row*channels*overlapTerms:][:o.First*overlapTerms])
		}
		store(engine.Elements[T](dst), sums)
	}
}

// each calls visit with every group of sums, its ratio and the ratio's derivative by each of the sums. A
// group is one channel of a row, or for GeneralisedRatio a whole row.
func (o Overlap) each(shape engine.Shape, sums []float64, visit func(sums []float64, ratio float64, slopes []float64)) {
	row := shape[1] * overlapTerms
	slopes := make([]float64, row)
	for ; len(sums) > 0; sums = sums[row:] {
		counted := sums[o.First*overlapTerms : row]
		if o.Ratio == GeneralisedRatio {
			visit(counted, generalisedRatio(counted, slopes[:len(counted)]), slopes[:len(counted)])
			continue
		}
		for ; len(counted) > 0; counted = counted[overlapTerms:] {
			s := [overlapTerms]float64(counted)
			ratio, d := o.tversky(s)
			if o.Ratio == SquaredRatio {
				ratio, d = squaredRatio(s)
			}
			visit(counted[:overlapTerms], ratio, d[:])
		}
	}
}

func squaredRatio(s [overlapTerms]float64) (ratio float64, slopes [overlapTerms]float64) {
	below := s[3] + s[2]
	if below == 0 {
		return 1, slopes
	}
	return 2 * s[0] / below, [...]float64{2 / below, 0, 0, -2 * s[0] / (below * below)}
}

func (o Overlap) tversky(s [overlapTerms]float64) (ratio float64, slopes [overlapTerms]float64) {
	a, b := o.FalsePositives, o.FalseNegatives
	above, below := s[0]+o.Smooth, s[0]+a*(s[1]-s[0])+b*(s[2]-s[0])+o.Smooth
	if below <= 0 { // only without smoothing, and with nothing there
		return 1, slopes
	}
	ratio = above / below
	return ratio, [...]float64{(1 - ratio*(1-a-b)) / below, -ratio * a / below, 0, 0}
}

// generalisedRatio is that of the channels of one row. The weights depend on the target alone, so they
// have no slope.
func generalisedRatio(sums, slopes []float64) float64 {
	above, below := 0.0, 0.0
	for i := 0; i < len(sums); i += overlapTerms {
		w := generalisedWeight(sums[i+2])
		above += 2 * w * sums[i]
		below += w * (sums[i+1] + sums[i+2])
	}
	clear(slopes)
	if below == 0 {
		return 1
	}
	for i := 0; i < len(sums); i += overlapTerms {
		w := generalisedWeight(sums[i+2])
		slopes[i], slopes[i+1] = 2*w/below, -above*w/(below*below)
	}
	return above / below
}

func generalisedWeight(truth float64) float64 {
	if truth == 0 {
		return 0
	}
	return 1 / (truth * truth)
}

// float64s copies numbers to float64.
func float64s[T engine.Float](v []T) []float64 {
	r := make([]float64, len(v))
	for i, x := range v {
		r[i] = float64(x)
	}
	return r
}

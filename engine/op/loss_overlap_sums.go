package op

import "github.com/autoseg/autoseg/engine"

// The kinds of this file, with OverlapOptions as attributes.
const (
	// OverlapSumsKind is the kind of OverlapSums: probabilities, target -> (rows, channel, 4).
	OverlapSumsKind engine.Kind = "overlap_sums"
	// OverlapSumsGradKind is its gradient: probabilities, target, dsums -> like probabilities.
	OverlapSumsGradKind engine.Kind = "overlap_sums_grad"
)

// OverlapOptions say over what overlaps are summed.
type OverlapOptions struct {
	// Batch sums over the batch too; there is one row then, else one per sample.
	Batch bool
	// Regions takes a target with a channel per region, and perhaps a last one that is 1 where a voxel does
	// not count; otherwise the target holds labels.
	Regions bool
	// Ignore is the label of voxels that do not count; 0 or less for none. Not for regions.
	Ignore int
}

// OverlapSums returns, for every row and channel, the four sums that all overlap losses are functions of.
// With p the probabilities, y the one-hot target and m the validity of a voxel,
//
//	I = sum m p y,  P = sum m p,  G = sum m y,  Q = sum m p^2
func OverlapSums(p, target engine.Node, o OverlapOptions) engine.Node {
	o.Ignore = max(0, o.Ignore)
	return p.Graph().Apply(overlapSumsDefinition(o), p, target)
}

// overlapTerms is the number of sums of a row and channel.
const overlapTerms = 4

func overlapSumsDefinition(o OverlapOptions) *engine.Definition {
	return &engine.Definition{
		Kind: OverlapSumsKind, Attributes: o,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := checkDice(o.truth(), s[0], s[1]); err != nil {
				return nil, err
			}
			return o.shape(s[0]), nil
		},
		Compute: compute(overlapSumsKernel[float32](o), overlapSumsKernel[float64](o)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{dy.Graph().Apply(overlapSumsGradDefinition(o), in[0], in[1], dy), {}}
		},
		Differentiable: []bool{true, false},
	}
}

func overlapSumsGradDefinition(o OverlapOptions) *engine.Definition {
	return &engine.Definition{
		Kind: OverlapSumsGradKind, Attributes: o,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], first(checkDice(o.truth(), s[0], s[1]), same("the gradient", s[2], "the sums", o.shape(s[0])))
		},
		Compute: compute(overlapSumsGradKernel[float32](o), overlapSumsGradKernel[float64](o)),
	}
}

// truth returns the options as those that the target is read by.
func (o OverlapOptions) truth() DiceOptions { return DiceOptions{Regions: o.Regions, Ignore: o.Ignore} }

func (o OverlapOptions) shape(p engine.Shape) engine.Shape {
	rows := p[0]
	if o.Batch {
		rows = 1
	}
	return engine.Shape{rows, p[1], overlapTerms}
}

// row returns where the sums of voxel i's sample begin.
func (o OverlapOptions) row(i, channels, space int) int {
	if o.Batch {
		return 0
	}
	return i / space * channels * overlapTerms
}

func overlapSumsKernel[T engine.Float](o OverlapOptions) kernel {
	return func(dst engine.Array, src []engine.Array) {
		v, target := newVoxels(src[0].Shape, engine.Elements[T](src[0])), newTruth[T](o.truth(), src[0].Shape, src[1])
		y, sums := make([]float64, v.channels), make([]float64, dst.Shape.Size())
		for i := range v.count() {
			m := target.read(y, i)
			if m == 0 {
				continue
			}
			row, at := sums[o.row(i, v.channels, v.space):], v.index(i, 0)
			for c, truth := range y {
				p := float64(v.data[at+c*v.space])
				s := row[c*overlapTerms:][:overlapTerms]
				s[0] += m * p * truth
				s[1] += m * p
				s[2] += m * truth
				s[3] += m * p * p
			}
		}
		store(engine.Elements[T](dst), sums)
	}
}

// overlapSumsGradKernel: dp = m * (dI y + dP + 2 dQ p); G does not depend on p.
func overlapSumsGradKernel[T engine.Float](o OverlapOptions) kernel {
	return func(dst engine.Array, src []engine.Array) {
		v, target := newVoxels(src[0].Shape, engine.Elements[T](src[0])), newTruth[T](o.truth(), src[0].Shape, src[1])
		slopes, dp, y := engine.Elements[T](src[2]), engine.Elements[T](dst), make([]float64, v.channels)
		for i := range v.count() {
			m := target.read(y, i)
			row, at := slopes[o.row(i, v.channels, v.space):], v.index(i, 0)
			for c, truth := range y {
				s, k := row[c*overlapTerms:][:overlapTerms], at+c*v.space
				dp[k] = T(m * (float64(s[0])*truth + float64(s[1]) + 2*float64(s[3])*float64(v.data[k])))
			}
		}
	}
}

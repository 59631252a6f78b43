package op

import "github.com/autoseg/autoseg/engine"

// The kinds of this file, with DiceOptions as attributes.
const (
	// DiceSumsKind is the kind of the sums of SoftDice: logits, target -> (n, class, 3).
	DiceSumsKind engine.Kind = "dice_sums"
	// SoftDiceKind is the kind of SoftDice: logits, target, sums -> scalar.
	SoftDiceKind engine.Kind = "soft_dice"
	// SoftDiceGradKind is its gradient: logits, target, sums, dy -> like logits.
	SoftDiceGradKind engine.Kind = "soft_dice_grad"
)

// DiceOptions say which soft Dice is meant.
type DiceOptions struct {
	// Batch sums over the batch before the ratio is taken.
	Batch bool
	// Epsilon is added above and below the fraction; nnU-Net has 1e-5.
	Epsilon float64
	// Regions takes sigmoids of all channels and a target with a channel per region (and perhaps a last
	// one that is 1 where a voxel does not count); otherwise softmax, labels, and the background left out.
	Regions bool
	// Ignore is the label of voxels that do not count; 0 or less for none. Not for regions.
	Ignore int
}

// SoftDice is nnU-Net's Dice term. With p the probabilities, y the one-hot target and m the validity of
// a voxel,
//
//	-mean of (2 I + eps)/max(P + G + eps, 1e-8),  I = sum m p y,  P = sum m p,  G = sum m y
//
// with sums over space (and the batch, if o.Batch) and the mean over classes (and samples). A class that
// the target lacks counts too.
func SoftDice(logits, target engine.Node, o DiceOptions) engine.Node {
	o.Ignore = max(0, o.Ignore)
	g := logits.Graph()
	sums := g.Apply(diceSumsDefinition(o), logits, target)
	return g.Apply(softDiceDefinition(o), logits, target, sums)
}

func diceSumsDefinition(o DiceOptions) *engine.Definition {
	return &engine.Definition{
		Kind: DiceSumsKind, Attributes: o,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := checkDice(o, s[0], s[1]); err != nil {
				return nil, err
			}
			return diceShape(o, s[0]), nil
		},
		Compute: compute(diceSumsKernel[float32](o), diceSumsKernel[float64](o)),
	}
}

// softDiceDefinition takes the sums as an operand, so that the gradient need not repeat them. The
// gradient with respect to the logits includes the way over the sums.
func softDiceDefinition(o DiceOptions) *engine.Definition {
	return &engine.Definition{
		Kind: SoftDiceKind, Attributes: o,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return engine.Shape{}, first(checkDice(o, s[0], s[1]), same("the sums", s[2], "the logits' sums", diceShape(o, s[0])))
		},
		Compute: compute(softDiceKernel[float32](o), softDiceKernel[float64](o)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{dy.Graph().Apply(softDiceGradDefinition(o), in[0], in[1], in[2], dy), {}, {}}
		},
		Differentiable: []bool{true, false, false},
	}
}

func softDiceGradDefinition(o DiceOptions) *engine.Definition {
	return &engine.Definition{
		Kind: SoftDiceGradKind, Attributes: o,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], first(checkDice(o, s[0], s[1]), scalar("the gradient", s[3]))
		},
		Compute: compute(softDiceGradKernel[float32](o), softDiceGradKernel[float64](o)),
	}
}

func checkDice(o DiceOptions, logits, target engine.Shape) error {
	if !o.Regions {
		return labelled(logits, target)
	}
	return regional(logits, target, len(target) == len(logits) && target[1] == logits[1]+1)
}

// foreground returns the first channel that counts.
func (o DiceOptions) foreground() int {
	if o.Regions {
		return 0
	}
	return 1
}

func diceShape(o DiceOptions, logits engine.Shape) engine.Shape {
	rows := logits[0]
	if o.Batch {
		rows = 1
	}
	return engine.Shape{rows, logits[1] - o.foreground(), 3}
}

// truth is the target of a Dice term, read voxel by voxel.
type truth[T engine.Float] struct {
	labels  *labels[T]
	regions *regions[T]
}

func newTruth[T engine.Float](o DiceOptions, logits engine.Shape, target engine.Array) truth[T] {
	if o.Regions {
		return truth[T]{regions: newRegions[T](logits, target)}
	}
	return truth[T]{labels: &labels[T]{engine.Elements[T](target), o.Ignore, logits[1]}}
}

// read fills y with the one-hot target of voxel i and returns how much the voxel counts.
func (t truth[T]) read(y []float64, i int) float64 {
	if t.labels != nil {
		clear(y)
		label, ok := t.labels.at(i)
		if !ok {
			return 0
		}
		y[label] = 1
		return 1
	}
	n, at := i/t.regions.space, i%t.regions.space
	for c := range y {
		y[c] = float64(t.regions.plane(n, c)[at])
	}
	return weight(t.regions.mask(n), at)
}

// probabilities returns those of a voxel, valid until the next call.
func probabilities[T engine.Float](o DiceOptions, v *voxels[T], i int) []float64 {
	if !o.Regions {
		return v.softmax(i)
	}
	for c := range v.scratch {
		v.scratch[c] = sigmoid(v.logit(i, c))
	}
	return v.scratch
}

func diceSumsKernel[T engine.Float](o DiceOptions) kernel {
	return func(dst engine.Array, src []engine.Array) {
		v, target := newVoxels(src[0].Shape, engine.Elements[T](src[0])), newTruth[T](o, src[0].Shape, src[1])
		y, skip := make([]float64, v.channels), o.foreground()
		sums := make([]float64, dst.Shape.Size())
		for i := range len(v.data) / v.channels {
			m := target.read(y, i)
			if m == 0 {
				continue
			}
			row := sums[diceRow(o, v, i):]
			for c, p := range probabilities(o, v, i)[skip:] {
				row[3*c] += m * p * y[c+skip]
				row[3*c+1] += m * p
				row[3*c+2] += m * y[c+skip]
			}
		}
		store(engine.Elements[T](dst), sums)
	}
}

// diceRow returns where the sums of voxel i's sample begin.
func diceRow[T engine.Float](o DiceOptions, v *voxels[T], i int) int {
	if o.Batch {
		return 0
	}
	return i / v.space * 3 * (v.channels - o.foreground())
}

// ratio returns the upper and the lower part of a class's fraction, and whether the lower one was
// raised to its least value.
func (o DiceOptions) ratio(intersection, probability, truth float64) (above, below float64, raised bool) {
	below = probability + truth + o.Epsilon
	return 2*intersection + o.Epsilon, max(below, 1e-8), below < 1e-8
}

func softDiceKernel[T engine.Float](o DiceOptions) kernel {
	return func(dst engine.Array, src []engine.Array) {
		sums, total := engine.Elements[T](src[2]), 0.0
		for i := 0; i < len(sums); i += 3 {
			above, below, _ := o.ratio(float64(sums[i]), float64(sums[i+1]), float64(sums[i+2]))
			total += above / below
		}
		engine.Elements[T](dst)[0] = T(-total / float64(max(1, len(sums)/3)))
	}
}

// softDiceGradKernel takes dL/dp = -dy/rows * m * (2 y/below - above/below^2) back through the softmax,
// dz[c] = p[c]*(g[c] - sum g p), or the sigmoid, dz = g*p*(1-p).
func softDiceGradKernel[T engine.Float](o DiceOptions) kernel {
	return func(dst engine.Array, src []engine.Array) {
		v, target := newVoxels(src[0].Shape, engine.Elements[T](src[0])), newTruth[T](o, src[0].Shape, src[1])
		slopes := diceSlopes(o, engine.Elements[T](src[2]), float64(engine.Elements[T](src[3])[0]))
		y, g, dz := make([]float64, v.channels), make([]float64, v.channels), engine.Elements[T](dst)
		for i := range len(v.data) / v.channels {
			m := target.read(y, i)
			if m == 0 {
				v.fill(dz, i, 0)
				continue
			}
			row := slopes[diceRow(o, v, i)/3*2:]
			for c := o.foreground(); c < v.channels; c++ {
				k := 2 * (c - o.foreground())
				g[c] = m * (row[k]*y[c] + row[k+1])
			}
			p := probabilities(o, v, i)
			mean := 0.0
			if !o.Regions {
				for c := range p {
					mean += g[c] * p[c]
				}
			}
			for c := range p {
				d := p[c] * (g[c] - mean)
				if o.Regions {
					d = g[c] * p[c] * (1 - p[c])
				}
				dz[v.index(i, c)] = T(d)
			}
		}
	}
}

// diceSlopes returns a and b per row and class such that dL/dp = m*(a*y + b).
func diceSlopes[T engine.Float](o DiceOptions, sums []T, dy float64) []float64 {
	slopes := make([]float64, len(sums)/3*2)
	factor := -dy / float64(max(1, len(sums)/3))
	for i := range len(sums) / 3 {
		above, below, raised := o.ratio(float64(sums[3*i]), float64(sums[3*i+1]), float64(sums[3*i+2]))
		slopes[2*i] = factor * 2 / below
		if !raised {
			slopes[2*i+1] = -factor * above / (below * below)
		}
	}
	return slopes
}

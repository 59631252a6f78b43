package op

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/engine"
)

// The kinds of this file, with Modulation as attributes.
const (
	// ModulatedEntropyKind is the kind of ModulatedEntropy: logits, target[, weight] -> scalar.
	ModulatedEntropyKind engine.Kind = "modulated_entropy"
	// ModulatedEntropyGradKind is its gradient: logits, target[, weight], dy -> like logits.
	ModulatedEntropyGradKind engine.Kind = "modulated_entropy_grad"
)

// Modulation says how the cross-entropies of voxels make a loss.
type Modulation struct {
	// Regions takes sigmoids, and a target with a channel per region and perhaps a last one that is 1 where
	// a voxel does not count; otherwise softmax and labels.
	Regions bool
	// Ignore is the label of voxels that do not count; 0 or less for none. Not for regions.
	Ignore int
	// Gamma weights a voxel by (1 - p)^gamma, with p the probability of its truth (Lin et al. 2017); 0 does
	// not.
	Gamma float64
	// Top is the share, above 0 and below 1, of the largest terms whose mean is the loss; 0 or 1 takes all.
	Top float64
	// Weighted says that there is a weight per voxel, (batch, 1, extent...). Normalised divides by the sum of
	// the weights, otherwise the divisor is the number of terms.
	Weighted, Normalised bool
}

// ModulatedEntropy is the mean over the voxels that count (for regions: over voxels and regions) of
//
//	-w (1 - p)^gamma log p
//
// with p the probability of the voxel's truth; 0 when nothing counts. Pass the zero Node for weight where
// o.Weighted is false.
func ModulatedEntropy(logits, target, weight engine.Node, o Modulation) engine.Node {
	o.Ignore = max(0, o.Ignore)
	operands := []engine.Node{logits, target}
	if o.Weighted {
		operands = append(operands, weight)
	}
	return logits.Graph().Apply(modulatedDefinition(o), operands...)
}

func modulatedDefinition(o Modulation) *engine.Definition {
	d := &engine.Definition{
		Kind: ModulatedEntropyKind, Attributes: o,
		Infer:   func(s []engine.Shape) (engine.Shape, error) { return engine.Shape{}, o.check(s) },
		Compute: compute(modulatedKernel[float32](o), modulatedKernel[float64](o)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			r := make([]engine.Node, len(in))
			r[0] = dy.Graph().Apply(modulatedGradDefinition(o), append(append([]engine.Node{}, in...), dy)...)
			return r
		},
		Differentiable: []bool{true, false},
	}
	if o.Weighted {
		d.Differentiable = append(d.Differentiable, false)
	}
	return d
}

func modulatedGradDefinition(o Modulation) *engine.Definition {
	return &engine.Definition{
		Kind: ModulatedEntropyGradKind, Attributes: o,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			last := len(s) - 1
			return s[0], first(o.check(s[:last]), scalar("the gradient", s[last]))
		},
		Compute: compute(modulatedGradKernel[float32](o), modulatedGradKernel[float64](o)),
	}
}

func (o Modulation) check(s []engine.Shape) error {
	if !(o.Gamma >= 0) || !(o.Top >= 0 && o.Top <= 1) {
		return fmt.Errorf("gamma %v and top share %v, want 0 or more and 0 to 1", o.Gamma, o.Top)
	}
	if err := checkDice(DiceOptions{Regions: o.Regions}, s[0], s[1]); err != nil {
		return err
	}
	if o.Weighted {
		return same("the weight", s[2], "one channel of the logits", s[0].WithSpatial(1, s[0].Spatial()))
	}
	return nil
}

// entropies walks over the terms of a loss: voxels, or for regions elements of the logits.
type entropies[T engine.Float] struct {
	Modulation
	logits *voxels[T]
	target truth[T]
	weight []T
	count  int // of terms, those that do not count included
	factor float64
	kept   *cutoff // nil keeps all
	sum    float64 // of the exponentials of the voxel looked at last, which logits.scratch holds
}

// newEntropies prepares the walk: it finds the divisor of the mean, and the cutoff of the largest.
func newEntropies[T engine.Float](o Modulation, src []engine.Array) *entropies[T] {
	e := &entropies[T]{Modulation: o, logits: newVoxels(src[0].Shape, engine.Elements[T](src[0])),
		target: newTruth[T](DiceOptions{Regions: o.Regions, Ignore: o.Ignore}, src[0].Shape, src[1])}
	e.count = e.logits.count()
	if o.Regions {
		e.count = len(e.logits.data)
	}
	if o.Weighted {
		e.weight = engine.Elements[T](src[2])
	}
	partial := o.Top > 0 && o.Top < 1
	divisor := 0.0
	var terms []float64
	for i := range e.count {
		t, ok := e.at(i, partial)
		switch {
		case !ok:
		case partial:
			terms = append(terms, t.value())
		case o.Normalised:
			divisor += t.weight
		default:
			divisor++
		}
	}
	if partial {
		e.kept = newCutoff(terms, o.Top)
		divisor = float64(e.kept.count)
	}
	if divisor > 0 {
		e.factor = 1 / divisor
	}
	return e
}

// term is one voxel's part of the loss.
type term struct {
	weight, gamma float64
	log           float64 // of the probability of the truth
	label         int     // the class that is true
	sign          float64 // regions: 1 where the region is, else -1
}

// at returns a term and whether it counts. Without entropy its logarithm is left out.
func (e *entropies[T]) at(i int, entropy bool) (t term, ok bool) {
	t = term{weight: 1, gamma: e.Gamma}
	v := e.logits
	if e.Regions {
		n, c, at := i/(v.channels*v.space), i/v.space%v.channels, i%v.space
		t.sign = 2*float64(e.target.regions.plane(n, c)[at]) - 1
		if weight(e.target.regions.mask(n), at) == 0 {
			return t, false
		}
		if e.weight != nil {
			t.weight = float64(e.weight[n*v.space+at])
		}
		if entropy {
			t.log = logSigmoid(t.sign * float64(v.data[i]))
		}
		return t, true
	}
	if t.label, ok = e.target.labels.at(i); !ok {
		return t, false
	}
	if e.weight != nil {
		t.weight = float64(e.weight[i])
	}
	if entropy {
		largest, sum := v.exponentials(i)
		t.log, e.sum = v.logit(i, t.label)-largest-math.Log(sum), sum
	}
	return t, true
}

// value is -w (1 - p)^gamma log p.
func (t term) value() float64 {
	if t.gamma == 0 {
		return -t.weight * t.log
	}
	return -t.weight * power(-math.Expm1(t.log), t.gamma) * t.log
}

// slope is the derivative by log p, -w ((1 - p)^gamma - gamma p (1 - p)^(gamma-1) log p).
func (t term) slope() float64 {
	if t.gamma == 0 {
		return -t.weight
	}
	rest := -math.Expm1(t.log)
	if rest == 0 { // p is 1: the limit
		return 0
	}
	return -t.weight * power(rest, t.gamma) * (1 - t.gamma*math.Exp(t.log)*t.log/rest)
}

// power is x^gamma, quickly for the usual gamma.
func power(x, gamma float64) float64 {
	if gamma == 2 {
		return x * x
	}
	return math.Pow(x, gamma)
}

func modulatedKernel[T engine.Float](o Modulation) kernel {
	return func(dst engine.Array, src []engine.Array) {
		e, sum := newEntropies[T](o, src), 0.0
		for i := range e.count {
			if t, ok := e.at(i, true); ok {
				if v := t.value(); e.kept.keeps(v) {
					sum += v
				}
			}
		}
		engine.Elements[T](dst)[0] = T(e.factor * sum)
	}
}

// modulatedGradKernel takes the slope by log p back: dlog p/dz[c] is [c is the label] - p[c] for softmax and
// sign * sigmoid(-sign z) for sigmoid.
func modulatedGradKernel[T engine.Float](o Modulation) kernel {
	return func(dst engine.Array, src []engine.Array) {
		e, dz := newEntropies[T](o, src), engine.Elements[T](dst)
		clear(dz)
		factor := e.factor * float64(engine.Elements[T](src[len(src)-1])[0])
		for i := range e.count {
			t, ok := e.at(i, true)
			if !ok || e.kept != nil && !e.kept.keeps(t.value()) {
				continue
			}
			slope := factor * t.slope()
			if o.Regions {
				dz[i] = T(slope * t.sign * -math.Expm1(t.log))
				continue
			}
			at := e.logits.index(i, 0)
			for c, p := range e.logits.scratch {
				p /= e.sum
				if c == t.label {
					p--
				}
				dz[at+c*e.logits.space] = T(-slope * p)
			}
		}
	}
}

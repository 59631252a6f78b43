package ref

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/parallel"
)

// squaredNorm is the sum of the squares of all elements, array by array, in float64.
func squaredNorm(workers int, dst engine.Array, src []engine.Array) {
	parts := make([]float64, len(src))
	parallel.For(workers, len(src), func(_, i int) {
		if src[i].F64 != nil {
			parts[i] = squares(src[i].F64)
			return
		}
		parts[i] = squares(src[i].F32)
	})
	sum := 0.0
	for _, p := range parts {
		sum += p
	}
	if dst.F64 != nil {
		dst.F64[0] = sum
		return
	}
	dst.F32[0] = float32(sum)
}

func squares[T engine.Float](x []T) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// newUpdate prepares an optimiser's step: operands are the parameter, its states, the gradient and the
// squared norm of all gradients. Parameter and states are changed in place.
func newUpdate(rule engine.Rule, operands []engine.Array) (engine.Step, error) {
	if len(operands) != rule.States()+3 {
		return nil, fmt.Errorf("update: %d operands for a rule with %d states", len(operands), rule.States())
	}
	if operands[0].F64 != nil {
		return bindUpdate[float64](rule, operands)
	}
	return bindUpdate[float32](rule, operands)
}

func bindUpdate[T engine.Float](rule engine.Rule, operands []engine.Array) (engine.Step, error) {
	var slices [][]T
	for _, o := range operands {
		slices = append(slices, engine.Elements[T](o))
	}
	n := rule.States()
	u := &update[T]{rule, slices[0], slices[1 : 1+n], slices[1+n], slices[2+n]}
	switch rule.Method {
	case "sgd":
		return step(u.sgd), nil
	case "adam", "adamw":
		return step(u.adam), nil
	}
	return nil, fmt.Errorf("update: unknown method %q, want sgd, adam or adamw", rule.Method)
}

type update[T engine.Float] struct {
	rule      engine.Rule
	parameter []T
	states    [][]T
	gradient  []T
	squared   []T
}

// factor is what clipping multiplies all gradients by (torch.nn.utils.clip_grad_norm_).
func (u *update[T]) factor() float64 {
	if u.rule.ClipNorm == 0 {
		return 1
	}
	return min(1, u.rule.ClipNorm/(math.Sqrt(float64(u.squared[0]))+1e-6))
}

// sgd is torch.optim.SGD with dampening 0. Its first step sets v to g, which v = 0 gives as well.
func (u *update[T]) sgd(moment engine.Moment) {
	r, factor := u.rule, u.factor()
	for i, p := range u.parameter {
		g := factor*float64(u.gradient[i]) + r.WeightDecay*float64(p)
		direction := g
		if len(u.states) == 1 {
			v := r.Momentum*float64(u.states[0][i]) + g
			u.states[0][i] = T(v)
			if direction = v; r.Nesterov {
				direction = g + r.Momentum*v
			}
		}
		u.parameter[i] = T(float64(p) - moment.Rate*direction)
	}
}

// adam is torch.optim.Adam, or AdamW with its decoupled weight decay (Loshchilov and Hutter 2019,
// algorithm 2).
func (u *update[T]) adam(moment engine.Moment) {
	r, factor := u.rule, u.factor()
	first, second := u.states[0], u.states[1]
	correction1 := 1 - math.Pow(r.Beta1, float64(moment.Step))
	correction2 := math.Sqrt(1 - math.Pow(r.Beta2, float64(moment.Step)))
	for i, old := range u.parameter {
		p, g := float64(old), factor*float64(u.gradient[i])
		if r.Method == "adamw" {
			p -= moment.Rate * r.WeightDecay * p
		} else {
			g += r.WeightDecay * p
		}
		m := r.Beta1*float64(first[i]) + (1-r.Beta1)*g
		v := r.Beta2*float64(second[i]) + (1-r.Beta2)*g*g
		first[i], second[i] = T(m), T(v)
		u.parameter[i] = T(p - moment.Rate/correction1*m/(math.Sqrt(v)/correction2+r.Epsilon))
	}
}

package cpu

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// updateChunk is the number of vectors that one task of an update handles.
const updateChunk = 1024

// flat cuts an array of n elements into tasks.
type flat struct{ n int }

func (f flat) tasks() int { return (f.n + updateChunk*lanes - 1) / (updateChunk * lanes) }

func (f flat) piece(i int) (from, to int) {
	from = i * updateChunk * lanes
	return from, min(from+updateChunk*lanes, f.n)
}

// update changes one parameter by an optimiser's rule. The rule works element by element, so the layout
// does not matter as long as all arrays have the same.
type update struct {
	e                   *executor
	rule                engine.Rule
	flat                flat
	parameter, gradient []float32
	states              [][]float32
	squares             []float32
	// rate, clip and the corrections of Adam belong to the run at hand.
	rate, clip, bias1, bias2 float64
	task                     func(worker, i int)
}

// bindUpdate binds Update: parameter, states, gradient, squared norm.
func (e *executor) bindUpdate(b *binding) (engine.Step, error) {
	u := &update{e: e, rule: b.Attributes.(engine.UpdateAttributes).Rule}
	last := len(b.operands) - 1
	p := b.operands[0]
	u.flat.n = e.Elements(p.Shape, p.Layout)
	u.parameter, u.gradient, u.squares = floats(p), floats(b.operands[last-1]), floats(b.operands[last])
	for _, s := range b.operands[1 : last-1] {
		u.states = append(u.states, floats(s))
	}
	if len(u.states) != u.rule.States() {
		return nil, fmt.Errorf("update by %s with %d states, want %d", u.rule.Method, len(u.states), u.rule.States())
	}
	switch u.rule.Method {
	case "sgd":
		u.task = u.momentum
		if len(u.states) == 0 {
			u.task = u.plain
		}
	case "adam", "adamw":
		u.task = u.adam
	default:
		return nil, fmt.Errorf("update by unknown method %q", u.rule.Method)
	}
	return u, nil
}

// Run changes the parameter and its states.
func (u *update) Run(m engine.Moment) {
	u.rate, u.clip = m.Rate, 1
	if u.rule.ClipNorm > 0 {
		u.clip = min(1, u.rule.ClipNorm/(math.Sqrt(float64(u.squares[0]))+1e-6))
	}
	u.bias1 = 1 - math.Pow(u.rule.Beta1, float64(m.Step))
	u.bias2 = 1 - math.Pow(u.rule.Beta2, float64(m.Step))
	u.e.pool.For(u.flat.tasks(), u.task)
}

// constants returns the parameters of vector.Set.MomentumStep.
func (u *update) constants() [parameters]float32 {
	alpha, beta := 0.0, u.rate
	if u.rule.Nesterov {
		alpha, beta = u.rate, u.rate*u.rule.Momentum
	}
	return [parameters]float32{float32(u.clip), float32(u.rule.WeightDecay), float32(u.rule.Momentum), float32(alpha), float32(beta)}
}

func (u *update) momentum(w, i int) {
	from, to := u.flat.piece(i)
	whole := from + (to-from)/lanes*lanes
	me, k := &u.e.workers[w], u.constants()
	if whole > from {
		for j, v := range k {
			for l := range lanes {
				me.par[j*lanes+l] = v
			}
		}
		me.run(u.e.loops.MomentumStep, vector.Args{Z: pointer(u.parameter, from), Y: pointer(u.gradient, from),
			V: pointer(u.states[0], from), Par: unsafe.Pointer(&me.par), N: (whole - from) / lanes})
	}
	for j := whole; j < to; j++ {
		g := k[0]*u.gradient[j] + k[1]*u.parameter[j]
		v := k[2]*u.states[0][j] + g
		u.states[0][j] = v
		u.parameter[j] -= k[3]*g + k[4]*v
	}
}

// plain is gradient descent without momentum.
func (u *update) plain(_, i int) {
	from, to := u.flat.piece(i)
	k := u.constants()
	for j := from; j < to; j++ {
		u.parameter[j] -= float32(u.rate) * (k[0]*u.gradient[j] + k[1]*u.parameter[j])
	}
}

// adam is Kingma and Ba 2015, algorithm 1, and with adamw the decoupled decay of Loshchilov and Hutter
// 2019, both as PyTorch orders the operations.
func (u *update) adam(_, i int) {
	from, to := u.flat.piece(i)
	r := u.rule
	for j := from; j < to; j++ {
		p, g := float64(u.parameter[j]), u.clip*float64(u.gradient[j])
		if r.Method == "adamw" {
			p -= u.rate * r.WeightDecay * p
		} else {
			g += r.WeightDecay * p
		}
		m := r.Beta1*float64(u.states[0][j]) + (1-r.Beta1)*g
		v := r.Beta2*float64(u.states[1][j]) + (1-r.Beta2)*g*g
		u.states[0][j], u.states[1][j] = float32(m), float32(v)
		u.parameter[j] = float32(p - u.rate/u.bias1*m/(math.Sqrt(v/u.bias2)+r.Epsilon))
	}
}

func pointer(s []float32, i int) unsafe.Pointer { return unsafe.Pointer(&s[i]) }

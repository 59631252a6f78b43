package cpu

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/parallel"
)

// loop is a step whose tasks do not depend on each other.
type loop struct {
	pool *parallel.Pool
	n    int
	task func(worker, i int)
}

// Run computes the step.
func (l *loop) Run(engine.Moment) { l.pool.For(l.n, l.task) }

// reduction is a loop whose partial results are joined afterwards.
type reduction struct {
	loop
	join func()
}

// Run computes the step.
func (r *reduction) Run(m engine.Moment) {
	r.loop.Run(m)
	r.join()
}

// action is a step on the calling goroutine.
type action func()

// Run computes the step.
func (a action) Run(engine.Moment) { a() }

// plainly is a step on the calling goroutine that may depend on the moment.
type plainly func(engine.Moment)

// Run computes the step.
func (p plainly) Run(m engine.Moment) { p(m) }

// definitionOperation computes an operator's plain definition on planar arrays.
var definitionOperation = operation{
	layouts: allPlanar,
	bind: func(_ *executor, b *binding) (engine.Step, error) {
		if b.Definition == nil {
			return nil, fmt.Errorf("executor cpu has no kernel for %s", b.Kind)
		}
		dst := array(b.results[0])
		operands := make([]engine.Array, len(b.operands))
		for i, o := range b.operands {
			operands[i] = array(o)
		}
		return plainly(func(m engine.Moment) { b.Definition.Evaluate(m, dst, operands) }), nil
	},
}

// array views a planar tensor.
func array(t engine.Tensor) engine.Array {
	return engine.Array{Shape: t.Shape, F32: floats(t)[:t.Shape.Size()]}
}

package cpu

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/kernel"
	"github.com/autoseg/autoseg/engine/cpu/vector"
	"github.com/autoseg/autoseg/internal/parallel"
)

// executor computes on the processor's cores.
type executor struct {
	level kernel.Level
	loops *vector.Set
	pool  *parallel.Pool
	table map[engine.Kind]operation
	plans map[plan]any // convolver or weigher
	// workers holds what each worker needs while it handles a task. Steps run one after another, so
	// they share it.
	workers  []worker
	transfer *transfer
	// limit is Options.Memory, held what Alloc has given away of it.
	limit, held int64
	// half says that constant weights are kept and multiplied in bfloat16.
	half bool
}

// worker is the working memory of one worker: assembly reads its operands from args.
type worker struct {
	args vector.Args
	par  [parameters * lanes]float32
	_    [64]byte // keeps neighbours out of one cache line
}

// parameters is the largest number of parameter vectors a loop takes.
const parameters = 5

// New returns an executor. Close ends its goroutines.
func New(o Options) (engine.Executor, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("executor cpu: %w", err)
	}
	level, err := o.level()
	if err != nil {
		return nil, fmt.Errorf("executor cpu: %w", err)
	}
	e := &executor{level: level, loops: vector.Portable(), pool: parallel.NewPool(o.workers()),
		table: operations(), plans: map[plan]any{}, transfer: newTransfer(), limit: o.Memory, half: o.Precision == BF16}
	switch level {
	case kernel.AVX512:
		e.loops = vector.AVX512()
	case kernel.AVX2:
		e.loops = vector.AVX2()
	}
	e.workers = make([]worker, e.pool.Workers())
	return e, nil
}

// Name returns cpu.
func (e *executor) Name() string { return "cpu" }

// Capabilities lists the fused kinds; every one of them has an operation in the table.
func (e *executor) Capabilities() engine.Capabilities {
	c := engine.Capabilities{
		Fused: map[engine.Kind]bool{
			engine.ConvMoments: true, engine.NormaliseActivation: true,
			engine.NormActGradSums: true, engine.NormActGradInput: true,
		},
		Dtypes:    []engine.Dtype{engine.Float32},
		Alignment: alignment,
	}
	if e.limit > 0 {
		c.Memory = max(1, e.limit-e.held)
	}
	return c
}

// Sync returns at once: steps have finished when they return.
func (e *executor) Sync() error { return nil }

// Close ends the workers.
func (e *executor) Close() error {
	e.pool.Close()
	return nil
}

// run hands one call of a loop to a worker: the operands in a, parameters already in the worker's par.
func (w *worker) run(l vector.Loop, a vector.Args) {
	w.args = a
	l(&w.args)
}

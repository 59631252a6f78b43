package ref

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// New returns the plain executor. workers below 1 counts as 1.
func New(workers int) engine.Executor { return &executor{workers: max(1, workers)} }

type executor struct{ workers int }

// memory holds elements of one of the two types.
type memory struct {
	f32 []float32
	f64 []float64
}

func (m *memory) Elements() int { return len(m.f32) + len(m.f64) }

func (*executor) Name() string { return "ref" }

func (*executor) Capabilities() engine.Capabilities {
	return engine.Capabilities{Dtypes: []engine.Dtype{engine.Float32, engine.Float64}, Alignment: 1}
}

func (*executor) Layouts(ins *engine.Instruction) (operands, results []engine.Layout) {
	return make([]engine.Layout, len(ins.Operands)), make([]engine.Layout, len(ins.Results))
}

func (*executor) Elements(shape engine.Shape, _ engine.Layout) int { return shape.Size() }

// Alias never takes memory over: a definition may read its operands after writing its result.
func (*executor) Alias(*engine.Instruction) int { return -1 }

func (*executor) ByPlacement(*engine.Instruction) bool { return false }

func (*executor) Scratch(*engine.Instruction) int { return 0 }

func (*executor) Alloc(elements int, dtype engine.Dtype) (engine.Memory, error) {
	if dtype == engine.Float64 {
		return &memory{f64: make([]float64, elements)}, nil
	}
	return &memory{f32: make([]float32, elements)}, nil
}

func (e *executor) Bind(ins *engine.Instruction, results, operands []engine.Tensor, _ engine.Tensor) (engine.Step, error) {
	dst, err := arrays(results)
	if err != nil {
		return nil, err
	}
	src, err := arrays(operands)
	if err != nil {
		return nil, err
	}
	switch {
	case ins.Kind == engine.SquaredNorm:
		return step(func(engine.Moment) { squaredNorm(e.workers, dst[0], src) }), nil
	case ins.Kind == engine.Update:
		return newUpdate(ins.Attributes.(engine.UpdateAttributes).Rule, src)
	case ins.Definition == nil:
		return nil, fmt.Errorf("ref has no %s", ins.Kind)
	}
	return step(func(m engine.Moment) { e.compute(m, ins, dst[0], src) }), nil
}

func (*executor) Upload(dst engine.Tensor, src engine.Array) {
	to := array(dst)
	copy(to.F32, src.F32)
	copy(to.F64, src.F64)
}

func (*executor) Download(dst engine.Array, src engine.Tensor) {
	from := array(src)
	copy(dst.F32, from.F32)
	copy(dst.F64, from.F64)
}

func (*executor) Sync() error { return nil }

func (*executor) Free(engine.Memory) {}

func (*executor) Close() error { return nil }

// step is an instruction as a function.
type step func(engine.Moment)

func (s step) Run(m engine.Moment) { s(m) }

// array views a tensor as the array it is.
func array(t engine.Tensor) engine.Array {
	m, size := t.Memory.(*memory), t.Shape.Size()
	if t.Dtype == engine.Float64 {
		return engine.Array{Shape: t.Shape, F64: m.f64[t.Offset:][:size]}
	}
	return engine.Array{Shape: t.Shape, F32: m.f32[t.Offset:][:size]}
}

func arrays(tensors []engine.Tensor) ([]engine.Array, error) {
	r := make([]engine.Array, len(tensors))
	for i, t := range tensors {
		if t.Layout != engine.Planar {
			return nil, fmt.Errorf("ref knows no layout %d", t.Layout)
		}
		r[i] = array(t)
	}
	return r, nil
}

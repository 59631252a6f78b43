package cpu

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// bindOverlapSums binds op.OverlapSumsKind, probabilities, target -> (row, channel, 4): a worker sums one
// sample by the definition, and samples of one row are added in their order.
func (e *executor) bindOverlapSums(b *binding) (engine.Step, error) {
	samples, dst := b.operands[0].Shape[0], floats(b.results[0])[:b.results[0].Shape.Size()]
	shape := append(engine.Shape{1}, b.results[0].Shape[1:]...)
	parts := engine.NewArray(engine.Float32, append(engine.Shape{samples}, shape[1:]...))
	totals, n := make([]float64, len(dst)), shape.Size()
	task := func(_, i int) {
		b.Definition.Compute(engine.Of32(shape, parts.F32[i*n:][:n]), []engine.Array{sampleOf(b.operands[0], i), sampleOf(b.operands[1], i)})
	}
	return &reduction{loop{e.pool, samples, task}, func() {
		clear(totals)
		for i, v := range parts.F32 {
			totals[i%len(totals)] += float64(v)
		}
		for i, v := range totals {
			dst[i] = float32(v)
		}
	}}, nil
}

// bindOverlapSumsGrad binds op.OverlapSumsGradKind: probabilities, target, dsums -> like probabilities.
func (e *executor) bindOverlapSumsGrad(b *binding) (engine.Step, error) {
	row := func(i int) int { return i }
	if b.Attributes.(op.OverlapOptions).Batch {
		row = func(int) int { return 0 }
	}
	return &loop{e.pool, b.operands[0].Shape[0], func(_, i int) {
		b.Definition.Compute(sampleOf(b.results[0], i),
			[]engine.Array{sampleOf(b.operands[0], i), sampleOf(b.operands[1], i), sampleOf(b.operands[2], row(i))})
	}}, nil
}

// sampleOf views one entry of the first axis of a planar tensor.
func sampleOf(t engine.Tensor, i int) engine.Array {
	n := t.Shape.Size() / t.Shape[0]
	return engine.Of32(append(engine.Shape{1}, t.Shape[1:]...), floats(t)[i*n:][:n])
}

package ref

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/parallel"
)

// split returns, for an operator that treats every sample for itself, which operands are cut into
// samples, or nil for one that mixes them. The result is always cut.
func split(ins *engine.Instruction) []bool {
	batch := false
	if a, ok := ins.Attributes.(engine.NormAttributes); ok {
		batch = a.Batch
	}
	cut := make([]bool, len(ins.Operands))
	switch ins.Kind {
	case engine.Conv, engine.ConvT, engine.Moments, engine.SliceChannels, engine.PlaceChannels:
		cut[0] = true
	case engine.ConvGradInput, engine.ConvTGradInput:
		cut[1] = true
	case engine.Normalise:
		cut[0], cut[1] = true, true
	case engine.NormGradInput:
		cut[0], cut[1], cut[3], cut[4] = true, true, true, true
	case engine.Activation, engine.ActivationGrad, engine.Concat, engine.NormGradSums:
		for i := range cut {
			cut[i] = true
		}
	default:
		return nil
	}
	if batch {
		return nil
	}
	return cut
}

// compute runs an instruction's definition, sample by sample where that changes nothing.
func (e *executor) compute(moment engine.Moment, ins *engine.Instruction, dst engine.Array, src []engine.Array) {
	cut := split(ins)
	if cut == nil || len(dst.Shape) == 0 || dst.Shape[0] < 2 || e.workers < 2 {
		ins.Definition.Evaluate(moment, dst, src)
		return
	}
	parallel.For(e.workers, dst.Shape[0], func(_, n int) {
		part := make([]engine.Array, len(src))
		for i, a := range src {
			if part[i] = a; cut[i] {
				part[i] = sample(a, n)
			}
		}
		ins.Definition.Compute(sample(dst, n), part)
	})
}

// sample views one sample of an array as a batch of one.
func sample(a engine.Array, n int) engine.Array {
	shape := append(engine.Shape{1}, a.Shape[1:]...)
	size := shape.Size()
	if a.F64 != nil {
		return engine.Array{Shape: shape, F64: a.F64[n*size:][:size]}
	}
	return engine.Array{Shape: shape, F32: a.F32[n*size:][:size]}
}

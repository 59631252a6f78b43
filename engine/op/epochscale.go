package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// EpochScaleKind is the kind of EpochScale and of its gradient, which is EpochScale of the gradient.
const EpochScaleKind engine.Kind = "epoch_scale" // Ramp: scalar -> scalar

// Ramp is a factor that moves by Step with every epoch, from Start in the first until it reaches End.
type Ramp struct{ Start, Step, End float64 }

// At returns the factor in an epoch, counted from 0.
func (r Ramp) At(epoch int) float64 {
	v := r.Start + r.Step*float64(epoch)
	if r.Step < 0 {
		return max(v, r.End)
	}
	return min(v, r.End)
}

// EpochScale multiplies a scalar by what a ramp is in the epoch of the run's moment.
func EpochScale(x engine.Node, r Ramp) engine.Node {
	return x.Graph().Apply(epochScaleDefinition(r), x)
}

func epochScaleDefinition(r Ramp) *engine.Definition {
	at := func(m engine.Moment, dst engine.Array, src []engine.Array) {
		factor := r.At(m.Epoch)
		compute(scaleScalar[float32](factor), scaleScalar[float64](factor))(dst, src)
	}
	return &engine.Definition{
		Kind: EpochScaleKind, Attributes: r,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if len(s[0]) != 0 {
				return nil, fmt.Errorf("the operand has shape %v, want a scalar", s[0])
			}
			return s[0], nil
		},
		Compute:   func(dst engine.Array, src []engine.Array) { at(engine.Moment{}, dst, src) },
		ComputeAt: at,
		Gradient: func(_ []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{EpochScale(dy, r)}
		},
	}
}

func scaleScalar[T engine.Float](factor float64) kernel {
	return func(dst engine.Array, src []engine.Array) {
		engine.Elements[T](dst)[0] = T(factor * float64(engine.Elements[T](src[0])[0]))
	}
}

package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/random"
)

// DropoutKind is the kind of Dropout and of its gradient, which is Dropout of the gradient.
const DropoutKind engine.Kind = "dropout" // DropoutAttributes: x

// DropoutAttributes describe a dropout.
type DropoutAttributes struct {
	// Probability is that of an element to be dropped, from 0 to below 1.
	Probability float64
	// Channels drops whole channels of a sample, for neighbouring voxels of a channel say nearly the same
	// (Tompson et al. 2015, section 3.2); otherwise every element is drawn for itself.
	Channels bool
	// Stream tells the dropouts of a network apart: equal streams drop equal elements.
	Stream string
}

// Dropout sets elements of x to zero with a probability p and divides the others by 1-p, so that the mean
// stays (Srivastava et al. 2014, section 10, "inverted"). Which ones depends on the seed and the step of
// the run's moment, the stream and the element's place alone: the backward pass draws the same ones again
// instead of keeping them, and no number of workers changes them. It belongs into graphs for training;
// leave it out of others.
func Dropout(x engine.Node, a DropoutAttributes) engine.Node {
	return x.Graph().Apply(dropoutDefinition(a), x)
}

func dropoutDefinition(a DropoutAttributes) *engine.Definition {
	at := func(m engine.Moment, dst engine.Array, src []engine.Array) {
		mask := dropoutMask{a, random.NewField(m.Seed, "dropout "+a.Stream, m.Step)}
		compute(dropoutKernel[float32](mask), dropoutKernel[float64](mask))(dst, src)
	}
	return &engine.Definition{
		Kind: DropoutKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if !(a.Probability >= 0 && a.Probability < 1) {
				return nil, fmt.Errorf("probability %v, want from 0 to below 1", a.Probability)
			}
			return s[0], activation("the input", s[0])
		},
		Compute:   func(dst engine.Array, src []engine.Array) { at(engine.Moment{}, dst, src) },
		ComputeAt: at,
		Gradient: func(_ []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{Dropout(dy, a)}
		},
	}
}

// dropoutMask is what one run drops.
type dropoutMask struct {
	DropoutAttributes
	field random.Field
}

func dropoutKernel[T engine.Float](m dropoutMask) kernel {
	kept := T(1 / (1 - m.Probability))
	return func(dst engine.Array, src []engine.Array) {
		_, _, voxels := planes(dst.Shape)
		if !m.Channels {
			voxels = 1
		}
		y, x := engine.Elements[T](dst), engine.Elements[T](src[0])
		for i := 0; i < len(y); i += voxels {
			if m.field.Chance(i/voxels) < m.Probability {
				clear(y[i:][:voxels])
				continue
			}
			for k, v := range x[i:][:voxels] {
				y[i+k] = kept * v
			}
		}
	}
}

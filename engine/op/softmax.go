package op

import (
	"math"

	"github.com/autoseg/autoseg/engine"
)

// The kinds of this file. Neither has attributes.
const (
	// SoftmaxKind is the kind of Softmax: logits -> like logits.
	SoftmaxKind engine.Kind = "softmax"
	// SoftmaxGradKind is its gradient: probabilities, dy -> like logits.
	SoftmaxGradKind engine.Kind = "softmax_grad"
)

// Softmax turns the channels of every voxel into probabilities, p[c] = exp(z[c]) / sum over k of exp(z[k]).
func Softmax(logits engine.Node) engine.Node {
	return logits.Graph().Apply(softmaxDefinition(), logits)
}

func softmaxDefinition() *engine.Definition {
	return &engine.Definition{
		Kind:    SoftmaxKind,
		Infer:   func(s []engine.Shape) (engine.Shape, error) { return s[0], activation("the logits", s[0]) },
		Compute: compute(softmaxKernel[float32], softmaxKernel[float64]),
		Gradient: func(_ []engine.Node, p, dy engine.Node) []engine.Node {
			return []engine.Node{dy.Graph().Apply(softmaxGradDefinition(), p, dy)}
		},
	}
}

func softmaxGradDefinition() *engine.Definition {
	return &engine.Definition{
		Kind: SoftmaxGradKind,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], first(activation("the probabilities", s[0]), same("the gradient", s[1], "the probabilities", s[0]))
		},
		Compute: compute(softmaxGradKernel[float32], softmaxGradKernel[float64]),
	}
}

func softmaxKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	v := newVoxels(src[0].Shape, engine.Elements[T](src[0]))
	y := engine.Elements[T](dst)
	for i := range v.count() {
		at := v.index(i, 0)
		for c, p := range v.softmax(i) {
			y[at+c*v.space] = T(p)
		}
	}
}

// softmaxGradKernel: dz[c] = p[c] * (dy[c] - sum over k of p[k] dy[k]).
func softmaxGradKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	samples, channels, space := planes(dst.Shape)
	p, dy, dz := engine.Elements[T](src[0]), engine.Elements[T](src[1]), engine.Elements[T](dst)
	for n := range samples {
		first := n * channels * space
		for at := first; at < first+space; at++ {
			mean := 0.0
			for k := at; k < first+channels*space; k += space {
				mean += float64(p[k]) * float64(dy[k])
			}
			for k := at; k < first+channels*space; k += space {
				dz[k] = T(float64(p[k]) * (float64(dy[k]) - mean))
			}
		}
	}
}

// count returns the number of voxels of the whole batch.
func (v *voxels[T]) count() int { return len(v.data) / v.channels }

// logSigmoid returns the logarithm of sigmoid(z) without overflow.
func logSigmoid(z float64) float64 { return min(z, 0) - math.Log1p(math.Exp(-math.Abs(z))) }

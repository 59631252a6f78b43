package op

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/engine"
)

// The kinds of this file, with LossAttributes.
const (
	// SoftmaxCrossEntropyKind is the kind of SoftmaxCrossEntropy: logits, target -> scalar.
	SoftmaxCrossEntropyKind engine.Kind = "softmax_cross_entropy"
	// SoftmaxCrossEntropyGradKind is its gradient: logits, target, dy -> like logits.
	SoftmaxCrossEntropyGradKind engine.Kind = "softmax_cross_entropy_grad"
)

// LossAttributes are the attributes of the two cross-entropies and their gradients.
type LossAttributes struct {
	// Ignore is the label of voxels that do not count; 0 or less for none (softmax).
	Ignore int
	// IgnoreChannel says that the target's last channel is 1 where a voxel does not count (sigmoid).
	IgnoreChannel bool
}

// SoftmaxCrossEntropy is the mean over the valid voxels of log(sum over c of exp(z[c])) - z[label], and
// 0 without any valid voxel. logits are (batch, class, extent...), target holds labels, (batch, 1,
// extent...). Voxels with the label ignore are not valid; -1 stands for none. A label that is no class
// panics.
func SoftmaxCrossEntropy(logits, target engine.Node, ignore int) engine.Node {
	return logits.Graph().Apply(softmaxCrossEntropyDefinition(LossAttributes{Ignore: max(0, ignore)}), logits, target)
}

func softmaxCrossEntropyDefinition(a LossAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: SoftmaxCrossEntropyKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return engine.Shape{}, labelled(s[0], s[1])
		},
		Compute: compute(softmaxCrossEntropyKernel[float32](a), softmaxCrossEntropyKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{dy.Graph().Apply(softmaxCrossEntropyGradDefinition(a), in[0], in[1], dy), {}}
		},
		Differentiable: []bool{true, false},
	}
}

func softmaxCrossEntropyGradDefinition(a LossAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: SoftmaxCrossEntropyGradKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], first(labelled(s[0], s[1]), scalar("the gradient", s[2]))
		},
		Compute: compute(softmaxCrossEntropyGradKernel[float32](a), softmaxCrossEntropyGradKernel[float64](a)),
	}
}

// labelled says what is wrong with logits and a label map.
func labelled(logits, target engine.Shape) error {
	if err := activation("logits", logits); err != nil {
		return err
	}
	return same("the target", target, "one channel of the logits", logits.WithSpatial(1, logits.Spatial()))
}

func softmaxCrossEntropyKernel[T engine.Float](a LossAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		v := newVoxels(src[0].Shape, engine.Elements[T](src[0]))
		target := labels[T]{engine.Elements[T](src[1]), a.Ignore, v.channels}
		sum, valid := 0.0, 0
		for i := range target.data {
			if label, ok := target.at(i); ok {
				sum += v.logSumExp(i) - v.logit(i, label)
				valid++
			}
		}
		engine.Elements[T](dst)[0] = T(sum / float64(max(1, valid)))
	}
}

// softmaxCrossEntropyGradKernel: dz[c] = dy/valid * (softmax(z)[c] - [c is the label]).
func softmaxCrossEntropyGradKernel[T engine.Float](a LossAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		v := newVoxels(src[0].Shape, engine.Elements[T](src[0]))
		target := labels[T]{engine.Elements[T](src[1]), a.Ignore, v.channels}
		factor := float64(engine.Elements[T](src[2])[0]) / float64(max(1, target.valid()))
		dz := engine.Elements[T](dst)
		for i := range target.data {
			label, ok := target.at(i)
			if !ok {
				v.fill(dz, i, 0)
				continue
			}
			for c, p := range v.softmax(i) {
				if c == label {
					p--
				}
				dz[v.index(i, c)] = T(factor * p)
			}
		}
	}
}

// labels is a label map with one label left out; ignore 0 leaves out none.
type labels[T engine.Float] struct {
	data            []T
	ignore, classes int
}

// at returns the label of voxel i and whether it counts.
func (l *labels[T]) at(i int) (int, bool) {
	v := l.data[i]
	if label := int(v); T(label) == v && label >= 0 && (label < l.classes || label == l.ignore) {
		return label, l.ignore <= 0 || label != l.ignore
	}
	panic(fmt.Sprintf("op: target label %v is none of %d classes", v, l.classes))
}

func (l *labels[T]) valid() int {
	n := 0
	for i := range l.data {
		if _, ok := l.at(i); ok {
			n++
		}
	}
	return n
}

// voxels reads the logits of one voxel at a time; voxels are numbered through the whole batch.
type voxels[T engine.Float] struct {
	data            []T
	channels, space int
	scratch         []float64
}

func newVoxels[T engine.Float](s engine.Shape, data []T) *voxels[T] {
	_, channels, space := planes(s)
	return &voxels[T]{data, channels, space, make([]float64, channels)}
}

// index returns the position of a voxel's channel.
func (v *voxels[T]) index(i, c int) int {
	return (i/v.space*v.channels+c)*v.space + i%v.space
}

func (v *voxels[T]) logit(i, c int) float64 { return float64(v.data[v.index(i, c)]) }

// exponentials fills scratch with exp(z[c] - max) and returns max and their sum.
func (v *voxels[T]) exponentials(i int) (largest, sum float64) {
	at, largest := v.index(i, 0), math.Inf(-1)
	for c := range v.scratch {
		z := float64(v.data[at+c*v.space])
		v.scratch[c] = z
		largest = max(largest, z)
	}
	for c, z := range v.scratch {
		e := math.Exp(z - largest)
		v.scratch[c] = e
		sum += e
	}
	return largest, sum
}

func (v *voxels[T]) logSumExp(i int) float64 {
	largest, sum := v.exponentials(i)
	return largest + math.Log(sum)
}

// softmax returns the probabilities of a voxel, valid until the next call.
func (v *voxels[T]) softmax(i int) []float64 {
	_, sum := v.exponentials(i)
	for c := range v.scratch {
		v.scratch[c] /= sum
	}
	return v.scratch
}

// fill sets all channels of a voxel in an array shaped like the logits.
func (v *voxels[T]) fill(dst []T, i int, value T) {
	for c := range v.channels {
		dst[v.index(i, c)] = value
	}
}

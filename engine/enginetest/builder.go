package enginetest

import (
	"fmt"
	"math/rand/v2"

	"github.com/autoseg/autoseg/engine"
)

// Builder makes the inputs of a case together with their values. The values come from a stream of the
// case's own, so that every build of a case is the same.
type Builder struct {
	Graph  *engine.Graph
	random *rand.Rand
	leaves []leaf
}

// leaf is an input or parameter of a case.
type leaf struct {
	node           engine.Node
	values         []float64
	resident       bool
	differentiable bool
}

func newBuilder(c Case, dtype engine.Dtype) *Builder {
	seed := uint64(14695981039346656037)
	for _, b := range []byte(c.Name) {
		seed = (seed ^ uint64(b)) * 1099511628211
	}
	return &Builder{Graph: engine.NewGraph(dtype), random: rand.New(rand.NewPCG(seed, 1))}
}

func (b *Builder) add(shape engine.Shape, resident, differentiable bool, value func() float64) engine.Node {
	name := fmt.Sprintf("leaf%d", len(b.leaves))
	l := leaf{resident: resident, differentiable: differentiable, values: make([]float64, shape.Size())}
	if resident {
		l.node = b.Graph.Parameter(name, shape)
	} else {
		l.node = b.Graph.Input(name, shape)
	}
	for i := range l.values {
		l.values[i] = float64(float32(value())) // the same number in both element types
	}
	b.leaves = append(b.leaves, l)
	return l.node
}

// Input adds an input of normal numbers.
func (b *Builder) Input(shape ...int) engine.Node { return b.Shifted(0, 1, shape...) }

// Shifted adds an input of normal numbers with a mean and a standard deviation.
func (b *Builder) Shifted(mean, deviation float64, shape ...int) engine.Node {
	return b.add(shape, false, true, func() float64 { return mean + deviation*b.random.NormFloat64() })
}

// Parameter adds a parameter of normal numbers with a mean and a standard deviation.
func (b *Builder) Parameter(mean, deviation float64, shape ...int) engine.Node {
	return b.add(shape, true, true, func() float64 { return mean + deviation*b.random.NormFloat64() })
}

// Labels adds an input of labels 0 to classes-1, without a gradient.
func (b *Builder) Labels(classes int, shape ...int) engine.Node {
	return b.add(shape, false, false, func() float64 { return float64(b.random.IntN(classes)) })
}

// array returns a leaf's values as an array.
func (l leaf) array(dtype engine.Dtype) engine.Array {
	a := engine.NewArray(dtype, l.node.Shape())
	copy(a.F64, l.values)
	for i := range a.F32 {
		a.F32[i] = float32(l.values[i])
	}
	return a
}

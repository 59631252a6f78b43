package engine

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Definition says what an operator computes, independent of any executor.
type Definition struct {
	Kind Kind
	// Attributes is the comparable struct that belongs to the kind, or nil.
	Attributes any
	// Infer returns the shape of the result or says why the operands do not fit.
	Infer func(operands []Shape) (Shape, error)
	// Compute writes the result in plain Go: the meaning of the operator. dst may hold anything before.
	Compute func(dst Array, operands []Array)
	// ComputeAt is Compute for a result that depends on the run as well, as a random one does: on the
	// moment alone, not on runs before. It is nil for all others.
	ComputeAt func(moment Moment, dst Array, operands []Array)
	// Gradient returns the gradient with respect to every operand, the zero Node for those that are
	// not differentiable. A nil Gradient means that no operand is.
	Gradient func(operands []Node, result, gradient Node) []Node
	// Differentiable says for which operands Gradient returns a node; nil means all.
	Differentiable []bool
}

// Evaluate writes the result of a run at a moment.
func (d *Definition) Evaluate(moment Moment, dst Array, operands []Array) {
	if d.ComputeAt != nil {
		d.ComputeAt(moment, dst, operands)
		return
	}
	d.Compute(dst, operands)
}

// operator is a Definition as a gorgonia.Op. The serial number goes into the hash: Gorgonia merges
// nodes whose hash is equal, and a collision of its 32-bit hash would be silent.
type operator struct {
	*Definition
	graph  *Graph
	serial int
	shapes []Shape
	result Shape
}

var (
	_ gorgonia.SDOp            = (*operator)(nil)
	_ gorgonia.UsePreallocDoer = (*operator)(nil)
)

func (o *operator) Arity() int           { return len(o.shapes) }
func (o *operator) ReturnsPtr() bool     { return len(o.result) > 0 }
func (o *operator) CallsExtern() bool    { return false }
func (o *operator) OverwritesInput() int { return -1 }
func (o *operator) String() string       { return fmt.Sprintf("%s#%d", o.Kind, o.serial) }

func (o *operator) WriteHash(h hash.Hash) {
	fmt.Fprintf(h, "%s/%d/%v/%v", o.Kind, o.serial, o.Attributes, o.shapes)
}

func (o *operator) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func (o *operator) Type() hm.Type {
	a := hm.TypeVariable('a')
	types := make([]hm.Type, 0, len(o.shapes)+1)
	for _, s := range append(append([]Shape{}, o.shapes...), o.result) {
		if len(s) == 0 {
			types = append(types, a)
		} else {
			types = append(types, gorgonia.TensorType{Dims: len(s), Of: a})
		}
	}
	return hm.NewFnType(types...)
}

func (o *operator) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	if len(o.result) == 0 {
		return tensor.ScalarShape(), nil
	}
	return append(tensor.Shape{}, o.result...), nil
}

func (o *operator) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	if len(o.result) == 0 {
		out := NewArray(o.graph.dtype, Shape{})
		o.Compute(out, o.arrays(values))
		if o.graph.dtype == Float64 {
			return gorgonia.NewF64(out.F64[0]), nil
		}
		return gorgonia.NewF32(out.F32[0]), nil
	}
	dtype := tensor.Float32
	if o.graph.dtype == Float64 {
		dtype = tensor.Float64
	}
	return o.UsePreallocDo(tensor.New(tensor.WithShape(o.result...), tensor.Of(dtype)), values...)
}

func (o *operator) UsePreallocDo(prealloc gorgonia.Value, values ...gorgonia.Value) (gorgonia.Value, error) {
	o.Compute(valueArray(prealloc, o.result), o.arrays(values))
	return prealloc, nil
}

func (o *operator) arrays(values []gorgonia.Value) []Array {
	r := make([]Array, len(values))
	for i, v := range values {
		r[i] = valueArray(v, o.shapes[i])
	}
	return r
}

// valueArray views a Gorgonia value as an Array without a copy; a scalar is copied.
func valueArray(v gorgonia.Value, shape Shape) Array {
	switch data := v.Data().(type) {
	case []float32:
		return Array{Shape: shape, F32: data}
	case []float64:
		return Array{Shape: shape, F64: data}
	case float32:
		return Array{Shape: shape, F32: []float32{data}}
	case float64:
		return Array{Shape: shape, F64: []float64{data}}
	}
	panic(fmt.Sprintf("BUG: engine: value of type %T", v))
}

func (o *operator) DiffWRT(n int) []bool {
	r := make([]bool, n)
	for i := range r {
		r[i] = o.Gradient != nil && (o.Differentiable == nil || o.Differentiable[i])
	}
	return r
}

func (o *operator) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	operands := make([]Node, len(inputs))
	for i, n := range inputs {
		operands[i] = Node{n, o.graph}
	}
	if o.Gradient == nil {
		return nil, fmt.Errorf("%s has no gradient", o.Kind)
	}
	var r gorgonia.Nodes
	for _, n := range o.Gradient(operands, Node{output, o.graph}, Node{grad, o.graph}) {
		r = append(r, n.raw)
	}
	return r, nil
}

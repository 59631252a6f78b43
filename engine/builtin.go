package engine

import "fmt"

// AddDefinition returns the elementwise sum of two values of one shape, as gorgonia.Grad makes it
// where a value has several readers.
func AddDefinition() *Definition {
	return &Definition{
		Kind: Add,
		Infer: func(s []Shape) (Shape, error) {
			if len(s) != 2 || !s[0].Equal(s[1]) {
				return nil, fmt.Errorf("operands have shapes %v, want two equal ones", s)
			}
			return s[0], nil
		},
		Compute: func(dst Array, src []Array) {
			if dst.F64 != nil {
				add(dst.F64, src[0].F64, src[1].F64)
				return
			}
			add(dst.F32, src[0].F32, src[1].F32)
		},
		Gradient: func(_ []Node, _, gradient Node) []Node { return []Node{gradient, gradient} },
	}
}

func add[T Float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = v + b[i]
	}
}

// Constant adds a value whose elements are all the same number. beside is any node of the graph: Gorgonia
// has no operators without operands. The program does not read it.
func (g *Graph) Constant(beside Node, shape Shape, value float64) Node {
	return g.Apply(ConstantDefinition(shape, value), beside)
}

// ConstantDefinition returns a value whose elements are all the same number.
func ConstantDefinition(shape Shape, value float64) *Definition {
	return &Definition{
		Kind:       Constant,
		Attributes: ConstantAttributes{value},
		Infer:      func([]Shape) (Shape, error) { return shape, nil },
		Compute: func(dst Array, _ []Array) {
			for i := range dst.F32 {
				dst.F32[i] = float32(value)
			}
			for i := range dst.F64 {
				dst.F64[i] = value
			}
		},
	}
}

package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// convAttributes turns stride and padding per spatial axis into attributes per (z, y, x), taking the
// kernel from the weights. It panics, naming the operator, when the counts do not fit.
func convAttributes(kind engine.Kind, x, w engine.Node, stride, pad []int) engine.ConvAttributes {
	if err := checkOperands(x.Shape(), w.Shape()); err != nil {
		panic(fmt.Sprintf("%s: %v", kind, err))
	}
	axes := len(x.Shape()) - 2
	if len(stride) != axes || len(pad) != axes {
		panic(fmt.Sprintf("%s: stride %v and padding %v for %d spatial axes", kind, stride, pad, axes))
	}
	a := engine.ConvAttributes{Kernel: w.Shape().Spatial(), Stride: [3]int{1, 1, 1}}
	copy(a.Stride[3-axes:], stride)
	copy(a.Pad[3-axes:], pad)
	return a
}

// checkOperands says what is wrong with an activation and weights that should have the same axes.
func checkOperands(x, w engine.Shape) error {
	if err := activation("the input", x); err != nil {
		return err
	}
	if len(w) != len(x) {
		return fmt.Errorf("weights of shape %v for an input of shape %v", w, x)
	}
	return nil
}

// checkConv says what is wrong with the operands x, w [, bias] of a convolution whose weights have the
// input's channels at axis wide and the result's at axis narrow.
func checkConv(a engine.ConvAttributes, s []engine.Shape, wide, narrow int) error {
	if err := checkOperands(s[0], s[1]); err != nil {
		return err
	}
	if s[1][wide] != s[0][1] {
		return fmt.Errorf("weights of shape %v for %d channels", s[1], s[0][1])
	}
	if s[1].Spatial() != a.Kernel {
		return fmt.Errorf("weights of shape %v for kernel %v", s[1], a.Kernel)
	}
	if len(s) == 3 {
		return same("the bias", s[2], "the result's channels", engine.Shape{s[1][narrow]})
	}
	return nil
}

// apply is Graph.Apply without the last operand where that is the zero Node.
func apply(g *engine.Graph, d *engine.Definition, x, w, bias engine.Node) engine.Node {
	if bias.Valid() {
		return g.Apply(d, x, w, bias)
	}
	return g.Apply(d, x, w)
}

// optional returns the elements of operand i, or nil when there are fewer operands.
func optional[T engine.Float](src []engine.Array, i int) []T {
	if i < len(src) {
		return engine.Elements[T](src[i])
	}
	return nil
}

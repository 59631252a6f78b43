package op

import "github.com/autoseg/autoseg/engine"

// The kinds of this file. Neither has attributes.
const (
	// InnerProductKind is the kind of InnerProduct: a, b -> scalar.
	InnerProductKind engine.Kind = "inner_product"
	// ScaleByKind is the kind of ScaleBy: x, scalar -> like x.
	ScaleByKind engine.Kind = "scale_by"
)

// InnerProduct returns the sum of a*b over all elements. With a constant b it makes a scalar whose
// gradient with respect to a is b: the way to send any cotangent backward.
func InnerProduct(a, b engine.Node) engine.Node {
	return a.Graph().Apply(innerProductDefinition(), a, b)
}

// ScaleBy returns factor*x for a factor that is a scalar of the graph.
func ScaleBy(x, factor engine.Node) engine.Node {
	return x.Graph().Apply(scaleByDefinition(), x, factor)
}

func innerProductDefinition() *engine.Definition {
	return &engine.Definition{
		Kind: InnerProductKind,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return engine.Shape{}, same("the first operand", s[0], "the second", s[1])
		},
		Compute: compute(innerProductKernel[float32], innerProductKernel[float64]),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{ScaleBy(in[1], dy), ScaleBy(in[0], dy)}
		},
	}
}

func scaleByDefinition() *engine.Definition {
	return &engine.Definition{
		Kind: ScaleByKind,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			return s[0], scalar("the factor", s[1])
		},
		Compute: compute(scaleByKernel[float32], scaleByKernel[float64]),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{ScaleBy(dy, in[1]), InnerProduct(in[0], dy)}
		},
	}
}

func innerProductKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	engine.Elements[T](dst)[0] = T(dotRow(engine.Elements[T](src[0]), engine.Elements[T](src[1]), 1))
}

func scaleByKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	y, factor := engine.Elements[T](dst), float64(engine.Elements[T](src[1])[0])
	for i, v := range engine.Elements[T](src[0]) {
		y[i] = T(factor * float64(v))
	}
}

package engine

import (
	"fmt"
	"runtime"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Graph owns one Gorgonia expression graph. It is built by one goroutine and differentiated at most
// once, because a second gorgonia.Grad on a graph is silently wrong.
type Graph struct {
	expr           *gorgonia.ExprGraph
	dtype          Dtype
	names          map[string]bool
	serial         int
	differentiated bool
}

// NewGraph returns an empty graph of one element type.
func NewGraph(dtype Dtype) *Graph {
	return &Graph{expr: gorgonia.NewGraph(), dtype: dtype, names: map[string]bool{}}
}

// Expression returns Gorgonia's graph, for cross-checks with Gorgonia's own machines.
func (g *Graph) Expression() *gorgonia.ExprGraph { return g.expr }

// Dtype returns the element type of the graph.
func (g *Graph) Dtype() Dtype { return g.dtype }

// Node is one value of a graph. The zero Node stands for no value.
type Node struct {
	raw   *gorgonia.Node
	graph *Graph
}

// Raw returns Gorgonia's node, for cross-checks with Gorgonia's own machines.
func (n Node) Raw() *gorgonia.Node { return n.raw }

// Graph returns the graph that the node belongs to.
func (n Node) Graph() *Graph { return n.graph }

// Valid reports whether the node is a value and not the zero Node.
func (n Node) Valid() bool { return n.raw != nil }

// Name returns the name an input or parameter was made with.
func (n Node) Name() string { return n.raw.Name() }

// Shape returns the node's shape; empty for a scalar.
func (n Node) Shape() Shape {
	if n.raw.IsScalar() {
		return Shape{}
	}
	return Shape(n.raw.Shape())
}

// Input adds a value that is given at every run. It panics when the name is taken: Gorgonia would
// merge the two silently.
func (g *Graph) Input(name string, shape Shape) Node {
	if g.names[name] {
		panic(fmt.Sprintf("engine: the graph has two inputs named %q", name))
	}
	g.names[name] = true
	dtype := tensor.Float32
	if g.dtype == Float64 {
		dtype = tensor.Float64
	}
	if len(shape) == 0 {
		return Node{gorgonia.NewScalar(g.expr, dtype, gorgonia.WithName(name)), g}
	}
	return Node{gorgonia.NewTensor(g.expr, dtype, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name)), g}
}

// Parameter adds a value that stays in the program from run to run and that updates may change.
func (g *Graph) Parameter(name string, shape Shape) Node { return g.Input(name, shape) }

// Apply adds a node that computes definition on the operands. It panics, naming the operator, when
// the shapes do not fit.
func (g *Graph) Apply(definition *Definition, operands ...Node) Node {
	n, err := g.apply(definition, operands)
	if err != nil {
		panic(err.Error())
	}
	return n
}

func (g *Graph) apply(definition *Definition, operands []Node) (Node, error) {
	g.serial++
	op := &operator{Definition: definition, graph: g, serial: g.serial}
	raw := make([]*gorgonia.Node, len(operands))
	for i, o := range operands {
		if o.raw == nil || o.graph != g {
			return Node{}, fmt.Errorf("%s: operand %d is not a node of this graph", definition.Kind, i)
		}
		raw[i] = o.raw
		op.shapes = append(op.shapes, o.Shape())
	}
	shape, err := definition.Infer(op.shapes)
	if err != nil {
		return Node{}, fmt.Errorf("%s: %w", definition.Kind, err)
	}
	op.result = shape
	n, err := gorgonia.ApplyOp(op, raw...)
	if err != nil {
		return Node{}, fmt.Errorf("%s: %w", definition.Kind, err)
	}
	return Node{n, g}, nil
}

// Gradients adds the derivatives of a scalar with respect to inputs or parameters that it depends on,
// in their order. A graph can be differentiated once; a second call panics.
func (g *Graph) Gradients(loss Node, wrt []Node) []Node {
	if g.differentiated {
		panic("engine: the graph has been differentiated already")
	}
	g.differentiated = true
	raw := make([]*gorgonia.Node, len(wrt))
	for i, n := range wrt {
		raw[i] = n.raw
	}
	grads, err := gorgonia.Grad(loss.raw, raw...)
	if err != nil {
		panic(fmt.Sprintf("engine: differentiate %v: %v", loss.raw, err))
	}
	r := make([]Node, len(grads))
	for i, n := range grads {
		r[i] = Node{n, g}
	}
	return r
}

// Build runs a function that builds a graph and returns a panic of the building as an error.
func Build(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if bug, ok := r.(runtime.Error); ok {
				panic(bug)
			}
			err = fmt.Errorf("build graph: %v", r)
		}
	}()
	return f()
}

// Dependencies returns a function that tells whether a node's value depends on another node.
func Dependencies(of Node) func(Node) bool {
	l := &lowering{graph: of.graph}
	seen := map[*gorgonia.Node]bool{}
	for _, n := range l.needed(Target{Outputs: []Node{of}}) {
		seen[n] = true
	}
	return func(n Node) bool { return seen[n.raw] }
}

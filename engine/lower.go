package engine

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
)

// lower turns the part of a graph that the target needs into instructions, in the order in which the
// nodes were made. Nodes that nothing needs never enter the listing.
func lower(g *Graph, target Target) (*listing, error) {
	l := &lowering{listing: &listing{dtype: g.dtype}, graph: g, of: map[*gorgonia.Node]*Value{}}
	for _, n := range target.Inputs {
		l.inputs = append(l.inputs, l.leaf(n, External))
	}
	for _, n := range target.Parameters {
		l.residents = append(l.residents, l.leaf(n, Persistent))
	}
	for _, n := range l.needed(target) {
		if err := l.node(n); err != nil {
			return nil, err
		}
	}
	for _, n := range target.Outputs {
		v := l.of[n.raw]
		v.Output = true
		l.outputs = append(l.outputs, v)
	}
	return l.listing, l.updates(target)
}

type lowering struct {
	*listing
	graph *Graph
	of    map[*gorgonia.Node]*Value
}

func (l *lowering) leaf(n Node, role Role) *Value {
	v := l.add(n.Name(), n.Shape(), role)
	l.of[n.raw] = v
	return v
}

// children returns a node's operands. Gorgonia does not export them but hands them out as the nodes
// reachable in one step, in order and with repeats.
func (l *lowering) children(n *gorgonia.Node) []*gorgonia.Node {
	if n.Op() == nil {
		return nil
	}
	it := l.graph.expr.From(n.ID())
	if it == nil {
		return nil
	}
	var r []*gorgonia.Node
	for it.Next() {
		r = append(r, it.Node().(*gorgonia.Node))
	}
	return r
}

// needed lists the nodes that the target depends on, oldest first: operands come before users.
func (l *lowering) needed(target Target) []*gorgonia.Node {
	seen := map[*gorgonia.Node]bool{}
	var list []*gorgonia.Node
	var stack []*gorgonia.Node
	for _, n := range append(slices.Clone(target.Outputs), target.Gradients...) {
		stack = append(stack, n.raw)
	}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		list = append(list, n)
		stack = append(stack, l.children(n)...)
	}
	slices.SortFunc(list, func(a, b *gorgonia.Node) int { return int(a.ID() - b.ID()) })
	return list
}

func (l *lowering) node(n *gorgonia.Node) error {
	if l.of[n] != nil {
		return nil
	}
	definition, err := define(n)
	if err != nil {
		return err
	}
	ins := &Instruction{Kind: definition.Kind, Attributes: definition.Attributes, Definition: definition, Dtype: l.dtype}
	for _, c := range l.children(n) {
		if definition.Kind == Constant {
			break // what it stands beside is not read
		}
		operand := l.of[c]
		if operand == nil {
			return fmt.Errorf("node %v needs %v, which is neither an input nor a parameter of the target", n, c)
		}
		ins.Operands = append(ins.Operands, operand)
	}
	v := l.add("", Node{n, l.graph}.Shape(), Temporary)
	v.producer = ins
	ins.Results = []*Value{v}
	l.of[n] = v
	l.instructions = append(l.instructions, ins)
	return nil
}

// define returns the definition of a node: our own operator, or one of the two that gorgonia.Grad
// makes itself, the constant one at its start and the sums where a value has several readers.
func define(n *gorgonia.Node) (*Definition, error) {
	if op, ok := n.Op().(*operator); ok {
		return op.Definition, nil
	}
	if n.Op() == nil {
		return nil, fmt.Errorf("node %v is neither an input nor a parameter of the target", n)
	}
	if n.Op().Arity() == 0 && n.Value() != nil && n.IsScalar() {
		switch v := n.Value().Data().(type) {
		case float32:
			return ConstantDefinition(Shape{}, float64(v)), nil
		case float64:
			return ConstantDefinition(Shape{}, v), nil
		}
	}
	if b, ok := n.Op().(gorgonia.BinaryOp); ok && b.IsBinary() && len(n.Op().String()) > 0 && n.Op().String()[0] == '+' {
		return AddDefinition(), nil
	}
	return nil, fmt.Errorf("operator %v of gorgonia is not one that the engine runs", n.Op())
}

// updates appends the optimiser's instructions.
func (l *lowering) updates(target Target) error {
	if len(target.Updated) == 0 {
		return nil
	}
	var gradients []*Value
	for _, n := range target.Gradients {
		gradients = append(gradients, l.of[n.raw])
	}
	norm := l.add("", Shape{}, Temporary)
	square := &Instruction{Kind: SquaredNorm, Operands: gradients, Results: []*Value{norm}, Dtype: l.dtype}
	norm.producer = square
	l.instructions = append(l.instructions, square)
	for i, n := range target.Updated {
		parameter := l.of[n.raw]
		if parameter == nil || parameter.Role != Persistent {
			return fmt.Errorf("updated node %s is not a parameter of the target", n.Name())
		}
		if !parameter.Shape.Equal(gradients[i].Shape) {
			return fmt.Errorf("parameter %s of shape %v has a gradient of shape %v", n.Name(), parameter.Shape, gradients[i].Shape)
		}
		changed := []*Value{parameter}
		for k := range target.Rule.States() {
			state := l.add(fmt.Sprintf("%s#%d", parameter.Name, k), parameter.Shape, Persistent)
			l.residents = append(l.residents, state)
			changed = append(changed, state)
		}
		l.instructions = append(l.instructions, &Instruction{
			Kind: Update, Attributes: UpdateAttributes{target.Rule}, Dtype: l.dtype,
			Operands: append(slices.Clone(changed), gradients[i], norm), Results: changed,
		})
	}
	return nil
}

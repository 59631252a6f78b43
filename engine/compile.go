package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/internal/fault"
)

// Target says what a program is for: what goes in, what stays, what comes out, what changes.
type Target struct {
	// Inputs are given at every run, in this order.
	Inputs []Node
	// Parameters stay in the program from run to run.
	Parameters []Node
	// Outputs are read after every run, in this order.
	Outputs []Node
	// Updated are the parameters that Rule changes at the end of every run; Gradients holds the
	// gradient of each.
	Updated, Gradients []Node
	// Rule is the optimiser.
	Rule Rule
}

// listing is a program on its way through the passes.
type listing struct {
	dtype        Dtype
	values       []*Value
	instructions []*Instruction
	inputs       []*Value
	outputs      []*Value
	residents    []*Value
}

// pass is one step of the compiler. Each lives in a file of its own.
type pass struct {
	name string
	run  func(*listing, Executor) error
}

func passes() []pass {
	return []pass{
		{"drop bias before norm", dropBias},
		{"fuse norm and activation", fuseNormActivation},
		{"fuse convolution and moments", fuseConvMoments},
		{"assign layouts", assignLayouts},
	}
}

// Compile makes a program for one executor: nodes that the target does not need are dropped, then
// fusion, layout and placement follow. The order of the steps is the order in which the graph was
// built, so that equal graphs give equal programs. A program that the executor's memory does not hold is
// refused as bad input, with the sizes, before anything is allocated.
func Compile(g *Graph, target Target, executor Executor) (*Program, error) {
	p, err := compile(g, target, executor)
	if err != nil {
		return nil, err
	}
	a := p.arrange()
	if err := p.fitsMemory(); err != nil {
		return nil, err
	}
	if err := p.place(a); err != nil {
		return nil, errors.Join(fmt.Errorf("compile: %w", err), p.Close())
	}
	p.record("place")
	if err := p.bind(); err != nil {
		return nil, errors.Join(fmt.Errorf("compile: %w", err), p.Close())
	}
	return p, nil
}

// Measure returns the memory that Compile would take, without taking any.
func Measure(g *Graph, target Target, executor Executor) (Report, error) {
	p, err := compile(g, target, executor)
	if err != nil {
		return Report{}, err
	}
	p.arrange()
	return p.Memory(), nil
}

// compile runs every pass that needs no memory.
func compile(g *Graph, target Target, executor Executor) (*Program, error) {
	if !slices.Contains(executor.Capabilities().Dtypes, g.dtype) {
		return nil, fmt.Errorf("compile: executor %s does not compute in the element type of the graph", executor.Name())
	}
	if len(target.Updated) != len(target.Gradients) {
		return nil, fmt.Errorf("compile: %d updated parameters with %d gradients", len(target.Updated), len(target.Gradients))
	}
	if err := target.check(); err != nil {
		return nil, fault.Input(fmt.Errorf("compile: %w", err))
	}
	l, err := lower(g, target)
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	if err := l.countable(); err != nil {
		return nil, fault.Input(fmt.Errorf("compile: %w", err))
	}
	p := &Program{executor: executor, listing: l}
	p.record("lower")
	for _, pass := range passes() {
		if err := pass.run(l, executor); err != nil {
			return nil, fmt.Errorf("compile: %s: %w", pass.name, err)
		}
		p.record(pass.name)
	}
	return p, nil
}

// check refuses inputs without elements, an empty batch among them.
func (t *Target) check() error {
	for _, n := range t.Inputs {
		s := n.Shape()
		for axis, extent := range s {
			if extent > 0 {
				continue
			}
			if axis == 0 {
				return fmt.Errorf("input %s has shape %v: the batch is empty", n.Name(), []int(s))
			}
			return fmt.Errorf("input %s has shape %v: axis %d is empty", n.Name(), []int(s), axis)
		}
	}
	return nil
}

// countable refuses values of more elements than any machine holds, so that no sum of sizes behind it overflows.
func (l *listing) countable() error {
	for _, v := range l.values {
		if v.Shape.exceeds(maxElements) {
			return fmt.Errorf("%s has shape %v, more than the %d elements that a value may have; use a smaller batch or patch",
				cmp.Or(v.Name, "a value"), []int(v.Shape), maxElements)
		}
	}
	return nil
}

// consumers returns the instructions that read each value, in program order.
func (l *listing) consumers() map[*Value][]*Instruction {
	r := map[*Value][]*Instruction{}
	for _, ins := range l.instructions {
		for _, o := range ins.Operands {
			if list := r[o]; len(list) == 0 || list[len(list)-1] != ins {
				r[o] = append(list, ins)
			}
		}
	}
	return r
}

// add makes a new value.
func (l *listing) add(name string, shape Shape, role Role) *Value {
	v := &Value{ID: len(l.values), Name: name, Shape: shape, Role: role}
	l.values = append(l.values, v)
	return v
}

// remove drops instructions, keeping the order of the others.
func (l *listing) remove(gone map[*Instruction]bool) {
	l.instructions = slices.DeleteFunc(l.instructions, func(i *Instruction) bool { return gone[i] })
}

package engine

import (
	"context"
	"fmt"
	"strings"
)

// Program is a compiled graph with its memory. It runs on one goroutine at a time.
type Program struct {
	*listing
	executor         Executor
	steps            []Step
	arena, resident  Memory
	arenaElements    int
	residentElements int
	scratch          []Tensor
	texts            []passText
	profile          *profile
}

// Resident is a parameter or optimiser state of a program.
type Resident struct {
	Name  string
	Shape Shape
}

// bind prepares every instruction on its tensors.
func (p *Program) bind() error {
	var kept []*Instruction
	for i, ins := range p.instructions {
		if ins == nil {
			continue
		}
		step, err := p.executor.Bind(ins, tensors(ins.Results), tensors(ins.Operands), p.scratch[i])
		if err != nil {
			return fmt.Errorf("%v: %w", ins, err)
		}
		p.steps = append(p.steps, step)
		kept = append(kept, ins)
	}
	p.instructions = kept
	return nil
}

func tensors(values []*Value) []Tensor {
	r := make([]Tensor, len(values))
	for i, v := range values {
		r[i] = v.tensor
	}
	return r
}

// Run uploads the inputs, runs every step and downloads the outputs, in the order of the Target. An
// output whose array has no data is not downloaded. When ctx ends, Run stops between two steps and
// returns its error; parameters may then be half updated.
func (p *Program) Run(ctx context.Context, moment Moment, inputs, outputs []Array) error {
	if len(inputs) != len(p.inputs) || len(outputs) > len(p.outputs) {
		return fmt.Errorf("run: %d inputs and %d outputs, want %d and at most %d", len(inputs), len(outputs), len(p.inputs), len(p.outputs))
	}
	for i, v := range p.inputs {
		if err := p.fits(v, inputs[i]); err != nil {
			return fmt.Errorf("run: input %s: %w", v.Name, err)
		}
		if v.tensor.Memory != nil { // an input that nothing reads has no place
			p.executor.Upload(v.tensor, inputs[i])
		}
	}
	for i, step := range p.steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.profile.time(p.executor, p.instructions[i], func() { step.Run(moment) })
	}
	if err := p.executor.Sync(); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	for i, a := range outputs {
		if a.F32 == nil && a.F64 == nil {
			continue
		}
		if err := p.fits(p.outputs[i], a); err != nil {
			return fmt.Errorf("run: output %d: %w", i, err)
		}
		p.executor.Download(a, p.outputs[i].tensor)
	}
	return nil
}

func (p *Program) fits(v *Value, a Array) error {
	n := len(a.F32)
	if p.dtype == Float64 {
		n = len(a.F64)
	}
	if n != v.Shape.Size() {
		return fmt.Errorf("array of shape %v with %d elements of the program's type, want shape %v", a.Shape, n, v.Shape)
	}
	return nil
}

// Outputs returns the shapes of the outputs in the order of the Target.
func (p *Program) Outputs() []Shape {
	r := make([]Shape, len(p.outputs))
	for i, v := range p.outputs {
		r[i] = v.Shape
	}
	return r
}

// Residents lists parameters, in the order of the Target, and then optimiser states. State k of a
// parameter is called NAME#k.
func (p *Program) Residents() []Resident {
	r := make([]Resident, len(p.residents))
	for i, v := range p.residents {
		r[i] = Resident{v.Name, v.Shape}
	}
	return r
}

// Set gives a resident its value.
func (p *Program) Set(name string, value Array) error {
	v, err := p.find(name, value)
	if err == nil {
		p.executor.Upload(v.tensor, value)
	}
	return err
}

// Get reads the value of a resident into an array.
func (p *Program) Get(name string, into Array) error {
	v, err := p.find(name, into)
	if err == nil {
		p.executor.Download(into, v.tensor)
	}
	return err
}

func (p *Program) find(name string, a Array) (*Value, error) {
	for _, v := range p.residents {
		if v.Name != name {
			continue
		}
		if err := p.fits(v, a); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return v, nil
	}
	return nil, fmt.Errorf("the program has no parameter or state %q (%s)", name, p.someNames())
}

func (p *Program) someNames() string {
	var names []string
	for _, v := range p.residents[:min(3, len(p.residents))] {
		names = append(names, v.Name)
	}
	return fmt.Sprintf("it has %d, among them %s", len(p.residents), strings.Join(names, ", "))
}

// Close gives the program's memory back. The executor stays open.
func (p *Program) Close() error {
	for _, m := range []Memory{p.arena, p.resident} {
		if m != nil {
			p.executor.Free(m)
		}
	}
	p.arena, p.resident = nil, nil
	return nil
}

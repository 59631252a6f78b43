package engine

import (
	"fmt"
	"strings"
)

// Role says where a value comes from and how long it lives.
type Role uint8

// The roles of a value.
const (
	Temporary  Role = iota // made by an instruction, forgotten after its last reader
	External               // given by the caller at every run
	Persistent             // a parameter or optimiser state: stays from run to run
)

// Value is one array of a program.
type Value struct {
	ID    int
	Name  string
	Shape Shape
	Role  Role
	// Output marks a value that the caller reads after a run.
	Output bool
	// Fixed marks a parameter that no instruction changes and one instruction reads: a layout may be made
	// for that reader alone, even one that costs digits on the way back to the host.
	Fixed bool
	// Layout is chosen by the layout pass.
	Layout Layout

	producer *Instruction
	parent   *Value // placed inside this value, see ByPlacement
	shift    int    // elements from the parent's first element
	tensor   Tensor
}

// Instruction is one step of a program: a kind with its attributes, operands and results. Updates
// name their parameter and states both as operands and as results.
type Instruction struct {
	Kind       Kind
	Attributes any
	Operands   []*Value
	Results    []*Value
	// Definition is the operator's plain meaning; nil for the compiler's own kinds.
	Definition *Definition
	// Dtype is the element type of the program.
	Dtype Dtype
}

// String returns the instruction as one line of text.
func (ins *Instruction) String() string {
	var b strings.Builder
	for i, r := range ins.Results {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s", r.label())
		if r.Layout != Planar {
			fmt.Fprintf(&b, "@%d", r.Layout)
		}
		fmt.Fprintf(&b, "%v", []int(r.Shape))
	}
	fmt.Fprintf(&b, " = %s(", ins.Kind)
	for i, o := range ins.Operands {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(o.label())
		if o.Role == Persistent && o.Layout != Planar { // that of others stands where they are made
			fmt.Fprintf(&b, "@%d", o.Layout)
		}
	}
	b.WriteString(")")
	if ins.Attributes != nil {
		fmt.Fprintf(&b, " %+v", ins.Attributes)
	}
	return b.String()
}

func (v *Value) label() string {
	if v.Name != "" {
		return v.Name
	}
	return fmt.Sprintf("v%d", v.ID)
}

package engine

import (
	"fmt"
	"strings"
)

// joinChannels lets concatenations and slices copy nothing: it puts the operands of a concatenation inside
// its result, and the result of a slice of channels inside its operand, where the executor's layout allows
// it; the instruction then has no work left and goes.
func (l *lifetimes) joinChannels() {
	gone := map[*Instruction]bool{}
	for _, ins := range l.instructions {
		if !l.executor.ByPlacement(ins) {
			continue
		}
		switch ins.Kind {
		case Concat:
			gone[ins] = l.concatInside(ins)
		case SliceChannels:
			gone[ins] = l.sliceInside(ins)
		}
	}
	if len(gone) > 0 {
		// Positions stay as they are: a removed instruction is simply a moment at which nothing runs.
		for i, ins := range l.instructions {
			if gone[ins] {
				l.instructions[i] = nil
			}
		}
	}
}

func (l *lifetimes) concatInside(ins *Instruction) bool {
	seen := map[*Value]bool{}
	for _, o := range ins.Operands {
		if o.Role != Temporary || o.Output || o.parent != nil || seen[o] || o.producer == nil {
			return false
		}
		seen[o] = true
	}
	whole, channel := ins.Results[0], 0
	for _, o := range ins.Operands {
		part := append(Shape{1, channel}, o.Shape[2:]...)
		o.parent, o.shift = whole, l.executor.Elements(part, whole.Layout)
		channel += o.Shape[1]
	}
	l.children[whole] = true
	return true
}

func (l *lifetimes) sliceInside(ins *Instruction) bool {
	whole, part := ins.Operands[0], ins.Results[0]
	if whole.Role != Temporary || part.Output || part.parent != nil || l.children[part] {
		return false
	}
	before := append(Shape{1, ins.Attributes.(SliceAttributes).From}, whole.Shape[2:]...)
	part.parent, part.shift = whole, l.executor.Elements(before, whole.Layout)
	l.children[whole] = true
	return true
}

// insides lists the values that lie in others, with their channels' distance from the other's first
// element.
func (l *lifetimes) insides() string {
	var b strings.Builder
	for _, v := range l.values {
		if v.parent != nil {
			fmt.Fprintf(&b, "%s%v lies in %s%v from element %d on\n", v.label(), []int(v.Shape), v.parent.label(), []int(v.parent.Shape), v.shift)
		}
	}
	return b.String()
}

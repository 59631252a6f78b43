package engine

import (
	"fmt"
	"strings"
)

// takeOver lets a result continue in the memory of an operand that dies with the instruction.
func (l *lifetimes) takeOver() {
	for i, ins := range l.instructions {
		if ins == nil || ins.Kind == Update || len(ins.Results) == 0 {
			continue
		}
		k := l.executor.Alias(ins)
		if k < 0 {
			continue
		}
		o, r := ins.Operands[k], ins.Results[0]
		whole := o.parent == nil && r.parent == nil && !l.children[o] && !l.children[r]
		same := o.Layout == r.Layout && l.executor.Elements(o.Shape, o.Layout) == l.executor.Elements(r.Shape, r.Layout)
		if whole && same && o.Role == Temporary && !o.Output && l.last[o] == i && r.Role == Temporary {
			l.takenOver[r] = o
		}
	}
}

// continuations lists the values that lie where an operand lay.
func (l *lifetimes) continuations() string {
	var b strings.Builder
	for _, v := range l.values {
		if o := l.takenOver[v]; o != nil {
			fmt.Fprintf(&b, "%s continues %s by %s\n", v.label(), o.label(), v.producer.Kind)
		}
	}
	return b.String()
}

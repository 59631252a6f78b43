package engine

// assignLayouts gives every value the layout that its producer makes (resident and external values:
// the one their first reader wants) and inserts a conversion in front of every reader that wants
// another. A value is converted to each layout at most once.
func assignLayouts(l *listing, executor Executor) error {
	a := &layouts{listing: l, decided: map[*Value]bool{}, converted: map[conversion]*Value{}}
	a.markFixed()
	old := l.instructions
	l.instructions = nil
	for _, ins := range old {
		switch ins.Kind {
		case SquaredNorm: // reads any layout: padding is zero
		case Update:
			a.update(ins)
		default:
			a.instruction(ins, executor)
		}
		l.instructions = append(l.instructions, ins)
	}
	return nil
}

type conversion struct {
	value  *Value
	layout Layout
}

type layouts struct {
	*listing
	decided   map[*Value]bool
	converted map[conversion]*Value
}

// markFixed finds the parameters that are Fixed.
func (a *layouts) markFixed() {
	readers := a.consumers()
	for _, v := range a.residents {
		r := readers[v]
		v.Fixed = len(r) == 1 && r[0].Kind != Update && !v.Output
	}
}

func (a *layouts) instruction(ins *Instruction, executor Executor) {
	operands, results := executor.Layouts(ins)
	for i, v := range ins.Operands {
		if v.Role != Temporary && !a.decided[v] {
			v.Layout, a.decided[v] = operands[i], true
		}
		ins.Operands[i] = a.in(v, operands[i], ins.Dtype)
	}
	for i, v := range ins.Results {
		v.Layout = results[i]
	}
}

// update brings states and gradient into the layout of the parameter: the rule works element by
// element in any layout as long as it is the same.
func (a *layouts) update(ins *Instruction) {
	parameter := ins.Operands[0]
	a.decided[parameter] = true
	for _, state := range ins.Results[1:] {
		state.Layout, a.decided[state] = parameter.Layout, true
	}
	g := len(ins.Operands) - 2
	ins.Operands[g] = a.in(ins.Operands[g], parameter.Layout, ins.Dtype)
}

func (a *layouts) in(v *Value, layout Layout, dtype Dtype) *Value {
	if v.Layout == layout {
		return v
	}
	key := conversion{v, layout}
	if c := a.converted[key]; c != nil {
		return c
	}
	c := a.add("", v.Shape, Temporary)
	c.Layout = layout
	ins := &Instruction{Kind: Convert, Operands: []*Value{v}, Results: []*Value{c}, Dtype: dtype}
	c.producer = ins
	a.instructions = append(a.instructions, ins)
	a.converted[key] = c
	return c
}

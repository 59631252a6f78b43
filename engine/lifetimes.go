package engine

// lifetimes knows, for every value, the first and last instruction that touches it.
type lifetimes struct {
	*listing
	executor    Executor
	alignment   int
	first, last map[*Value]int
	takenOver   map[*Value]*Value // value -> value whose memory it continues
	children    map[*Value]bool   // values that have others inside them
}

func newLifetimes(l *listing, executor Executor) *lifetimes {
	r := &lifetimes{
		listing: l, executor: executor, alignment: max(1, executor.Capabilities().Alignment),
		first: map[*Value]int{}, last: map[*Value]int{}, takenOver: map[*Value]*Value{}, children: map[*Value]bool{},
	}
	r.measure()
	return r
}

func (l *lifetimes) measure() {
	for i, ins := range l.instructions {
		for _, v := range ins.Operands {
			l.last[v] = i
		}
		for _, v := range ins.Results {
			if v.Role == Temporary {
				l.first[v] = i
			}
			l.last[v] = max(l.last[v], i)
		}
	}
	for _, v := range l.inputs {
		l.first[v] = -1
	}
	for _, v := range l.outputs {
		l.last[v] = len(l.instructions)
	}
}

func (l *lifetimes) unused(v *Value) bool {
	_, made := l.first[v]
	_, read := l.last[v]
	return !made && !read
}

func (l *lifetimes) begin(v *Value) int { return l.first[v] }

// root returns the value whose memory this one is part of.
func (l *lifetimes) root(v *Value) *Value {
	for {
		switch {
		case v.parent != nil:
			v = v.parent
		case l.takenOver[v] != nil:
			v = l.takenOver[v]
		default:
			return v
		}
	}
}

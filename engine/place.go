package engine

import (
	"cmp"
	"fmt"
	"slices"
)

// arrangement is where everything lies before there is memory for it.
type arrangement struct {
	blocks    []*block // of the arena
	residents []int    // offsets of the residents
}

// arrange gives every value its place. Residents get memory of their own; everything else shares one
// arena, in which two things overlap only when their lifetimes do not.
func (p *Program) arrange() *arrangement {
	l := &lifetimes{listing: p.listing, executor: p.executor, alignment: max(1, p.executor.Capabilities().Alignment)}
	l.measure()
	l.placeInside()
	l.takeOver()
	a := &arrangement{blocks: l.blocks()}
	p.arenaElements = pack(a.blocks)
	for _, v := range p.residents {
		a.residents = append(a.residents, p.residentElements)
		p.residentElements += roundUp(p.executor.Elements(v.Shape, v.Layout), l.alignment)
	}
	return a
}

// place allocates what an arrangement needs.
func (p *Program) place(a *arrangement) error {
	arena, err := p.executor.Alloc(max(1, p.arenaElements), p.dtype)
	if err != nil {
		return fmt.Errorf("place %d values in %d MB: %w", len(p.values), p.bytes(p.arenaElements)>>20, err)
	}
	p.arena = arena
	p.resident, err = p.executor.Alloc(max(1, p.residentElements), p.dtype)
	if err != nil {
		return fmt.Errorf("place parameters in %d MB: %w", p.bytes(p.residentElements)>>20, err)
	}
	for i, v := range p.residents {
		p.placeValue(v, p.resident, a.residents[i])
	}
	p.scratch = make([]Tensor, len(p.instructions))
	for _, b := range a.blocks {
		for _, v := range b.values {
			p.placeValue(v, arena, b.offset)
		}
		if b.scratchOf >= 0 {
			p.scratch[b.scratchOf] = Tensor{Memory: arena, Offset: b.offset, Shape: Shape{b.size}, Dtype: p.dtype, SampleStride: 1}
		}
	}
	return nil
}

// placeValue fills in a value's tensor; offset is that of its block.
func (p *Program) placeValue(v *Value, memory Memory, offset int) {
	root, shift := v, 0
	for root.parent != nil {
		shift += root.shift
		root = root.parent
	}
	v.tensor = Tensor{Memory: memory, Offset: offset + shift, Shape: v.Shape, Dtype: p.dtype, Layout: v.Layout,
		SampleStride: p.sample(root)}
}

// sample returns the elements of one entry of the first axis.
func (p *Program) sample(v *Value) int {
	if len(v.Shape) == 0 || v.Shape[0] == 0 {
		return 1
	}
	return p.executor.Elements(v.Shape, v.Layout) / v.Shape[0]
}

// lifetimes knows, for every value, the first and last instruction that touches it.
type lifetimes struct {
	*listing
	executor    Executor
	alignment   int
	first, last map[*Value]int
	takenOver   map[*Value]*Value // value -> value whose memory it continues
	children    map[*Value]bool   // values that have others inside them
}

func (l *lifetimes) measure() {
	l.first, l.last = map[*Value]int{}, map[*Value]int{}
	l.takenOver, l.children = map[*Value]*Value{}, map[*Value]bool{}
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

// placeInside puts the operands of a concatenation inside its result, and the results of a channel
// slice inside its operand, where the executor's layout allows it; the instruction then has no work
// left and goes.
func (l *lifetimes) placeInside() {
	gone := map[*Instruction]bool{}
	for i, ins := range l.instructions {
		if !l.executor.ByPlacement(ins) {
			continue
		}
		switch ins.Kind {
		case Concat:
			gone[ins] = l.concatInside(ins)
		case SliceChannels:
			gone[ins] = l.sliceInside(ins, i)
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

func (l *lifetimes) sliceInside(ins *Instruction, _ int) bool {
	whole, part := ins.Operands[0], ins.Results[0]
	if whole.Role != Temporary || part.Output || part.parent != nil || l.children[part] {
		return false
	}
	before := append(Shape{1, ins.Attributes.(SliceAttributes).From}, whole.Shape[2:]...)
	part.parent, part.shift = whole, l.executor.Elements(before, whole.Layout)
	l.children[whole] = true
	return true
}

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

// block is a stretch of the arena with its lifetime.
type block struct {
	values      []*Value
	size        int
	first, last int
	offset      int
	scratchOf   int // the instruction whose scratch this is, or -1
}

// blocks joins values that share memory and adds the scratch of every instruction.
func (l *lifetimes) blocks() []*block {
	of := map[*Value]*block{}
	var list []*block
	for _, v := range l.values {
		if v.Role == Persistent || l.unused(v) {
			continue
		}
		root := l.root(v)
		b := of[root]
		if b == nil {
			b = &block{size: roundUp(l.executor.Elements(root.Shape, root.Layout), l.alignment), first: l.begin(root), last: l.last[root], scratchOf: -1}
			of[root] = b
			list = append(list, b)
		}
		b.values = append(b.values, v)
		b.first, b.last = min(b.first, l.begin(v)), max(b.last, l.last[v])
	}
	for i, ins := range l.instructions {
		if ins == nil {
			continue
		}
		if n := l.executor.Scratch(ins); n > 0 {
			list = append(list, &block{size: roundUp(n, l.alignment), first: i, last: i, scratchOf: i})
		}
	}
	return list
}

func (l *lifetimes) unused(v *Value) bool {
	_, made := l.first[v]
	_, read := l.last[v]
	return !made && !read
}

func (l *lifetimes) begin(v *Value) int { return l.first[v] }

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

// pack chooses offsets, largest block first, each at the lowest place that is free during its whole
// life, and returns the size of the arena.
func pack(blocks []*block) int {
	order := slices.Clone(blocks)
	slices.SortStableFunc(order, func(a, b *block) int { return cmp.Compare(b.size, a.size) })
	total := 0
	var placed []*block // by offset
	for _, b := range order {
		at := 0
		for _, other := range placed {
			if other.last < b.first || b.last < other.first {
				continue
			}
			if at+b.size <= other.offset {
				break
			}
			at = max(at, other.offset+other.size)
		}
		b.offset = at
		i, _ := slices.BinarySearchFunc(placed, at, func(o *block, at int) int { return cmp.Compare(o.offset, at) })
		placed = slices.Insert(placed, i, b)
		total = max(total, at+b.size)
	}
	return total
}

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }

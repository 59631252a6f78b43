package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

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

// describe lists the blocks in the order of their first instruction, which is -1 for what the caller
// gives: their elements in the arena, their lifetime and the values inside.
func (a *arrangement) describe(elements int) string {
	var b strings.Builder
	order := slices.Clone(a.blocks)
	slices.SortStableFunc(order, func(x, y *block) int { return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(x.offset, y.offset)) })
	for _, k := range order {
		names := []string{"scratch"}
		if k.scratchOf < 0 {
			names = nil
		}
		for _, v := range k.values {
			names = append(names, v.label())
		}
		fmt.Fprintf(&b, "[%d, %d) from %d to %d: %s\n", k.offset, k.offset+k.size, k.first, k.last, strings.Join(names, " "))
	}
	fmt.Fprintf(&b, "%d elements\n", elements)
	return b.String()
}

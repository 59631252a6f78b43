package engine

import "fmt"

// arrangement is where everything lies before there is memory for it.
type arrangement struct {
	blocks    []*block // of the arena
	residents []int    // offsets of the residents
}

// arrange gives every value its place. Residents get memory of their own; everything else shares one
// arena, in which two things overlap only when their lifetimes do not.
func (p *Program) arrange() *arrangement {
	l := newLifetimes(p.listing, p.executor)
	l.joinChannels()
	p.note("join channels", l.insides())
	l.takeOver()
	p.note("compute in place", l.continuations())
	a := &arrangement{blocks: l.blocks()}
	p.arenaElements = pack(a.blocks)
	p.note("plan arena", a.describe(p.arenaElements))
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

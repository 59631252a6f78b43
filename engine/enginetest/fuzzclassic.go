package enginetest

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// classic is a pooling, its undoing, an upsampling, a box, or what treats channels differently, on an
// activation of any shape.
func (r draw) classic() Case {
	extent := r.extent()
	shape := append([]int{r.within(1, 2), r.channelCount()}, extent...)
	axes := len(extent)
	window, stride, first, part := r.below(extent, 3), r.below(extent, 3), make([]int, axes), make([]int, axes)
	for i, e := range extent {
		first[i] = r.IntN(e)
		part[i] = r.within(1, e-first[i])
	}
	factor := r.below([]int{4, 4, 4}[:axes], 4)
	list := []struct {
		name  string
		build func(b *Builder, x engine.Node) engine.Node
	}{
		{fmt.Sprintf("max pool %v", window), func(b *Builder, x engine.Node) engine.Node {
			y, switches := op.MaxPool(x, window, op.Rounding(shape[1]%2))
			return op.Add(op.Unpool(op.LeakyReLU(y, 0.1), switches, extent), x)
		}},
		{fmt.Sprintf("average pool %v by %v", window, stride), func(b *Builder, x engine.Node) engine.Node { return op.AvgPool(x, window, stride) }},
		{fmt.Sprintf("average pool of parts %v", stride), func(b *Builder, x engine.Node) engine.Node { return op.AvgPoolCeil(x, stride) }},
		{fmt.Sprintf("upsample linear by %v", factor), func(b *Builder, x engine.Node) engine.Node { return op.UpsampleLinear(x, factor) }},
		{fmt.Sprintf("upsample tent by %v", factor), func(b *Builder, x engine.Node) engine.Node {
			kernel := make([]int, axes)
			for i, f := range factor {
				kernel[i] = 2*f - f%2
			}
			return op.UpsampleTent(x, kernel, factor, half(factor))
		}},
		{fmt.Sprintf("crop %v at %v", part, first), func(b *Builder, x engine.Node) engine.Node {
			return op.Pad(op.LeakyReLU(op.Crop(x, first, part), 0.1), first, extent)
		}},
		{"prelu", func(b *Builder, x engine.Node) engine.Node { return op.PReLU(x, b.Parameter(0.25, 0.3, shape[1])) }},
		{"gate", func(b *Builder, x engine.Node) engine.Node {
			return op.Gate(x, op.Activation(b.Input(append([]int{shape[0], 1}, extent...)...), "sigmoid", 0))
		}},
		{"scale", func(b *Builder, x engine.Node) engine.Node { return op.Scale(x, -1.7) }},
		{"norm with given statistics", func(b *Builder, x engine.Node) engine.Node { return fixedNorm(b, x) }},
		{"softmax", func(b *Builder, x engine.Node) engine.Node { return op.Softmax(x) }},
	}
	c := list[r.IntN(len(list))]
	return Case{Name: fmt.Sprintf("%s of %v", c.name, shape), Build: func(b *Builder) engine.Node { return c.build(b, b.Input(shape...)) }}
}

// below returns a number from 1 to the smaller of a limit and each extent.
func (r draw) below(extent []int, limit int) []int {
	n := make([]int, len(extent))
	for i, e := range extent {
		n[i] = r.within(1, min(limit, e))
	}
	return n
}

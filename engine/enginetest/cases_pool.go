package enginetest

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// poolCases have extents that the stride divides, extents that it does not, so that some inputs lie in
// no window, and windows that overlap.
func poolCases() []Case {
	var r []Case
	for _, c := range []struct{ shape, kernel, stride []int }{
		{[]int{1, 16, 4, 6, 8}, []int{2, 2, 2}, []int{2, 2, 2}},
		{[]int{2, 5, 3, 4, 6}, []int{1, 2, 2}, []int{1, 2, 2}},
		{[]int{1, 33, 5, 3, 7}, []int{2, 2, 2}, []int{2, 2, 2}},
		{[]int{2, 4, 7, 9}, []int{2, 2}, []int{2, 2}},
		{[]int{1, 6, 5, 7}, []int{3, 2}, []int{1, 1}},
	} {
		r = append(r, Case{Name: fmt.Sprintf("average pool %v kernel %v stride %v", c.shape, c.kernel, c.stride), Build: func(b *Builder) engine.Node {
			return op.AvgPool(b.Input(c.shape...), c.kernel, c.stride)
		}})
	}
	return r
}

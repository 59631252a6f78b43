package enginetest

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// convolution describes a convolution or, with transposed, its counterpart.
type convolution struct {
	batch, in, out              int
	extent, kernel, stride, pad []int
	bias, transposed            bool
}

func (c convolution) name() string {
	kind, bias := "conv", ""
	if c.transposed {
		kind = "conv_t"
	}
	if c.bias {
		bias = " with bias"
	}
	return fmt.Sprintf("%s %dx%d->%d extent %v kernel %v stride %v pad %v%s", kind, c.batch, c.in, c.out, c.extent, c.kernel, c.stride, c.pad, bias)
}

func (c convolution) build(b *Builder) engine.Node {
	x := b.Input(append([]int{c.batch, c.in}, c.extent...)...)
	channels := []int{c.out, c.in}
	if c.transposed {
		channels = []int{c.in, c.out}
	}
	w := b.Parameter(0, 0.3, append(channels, c.kernel...)...)
	var bias engine.Node
	if c.bias {
		bias = b.Parameter(0, 1, c.out)
	}
	if c.transposed {
		return op.ConvTranspose(x, w, bias, c.stride, c.pad)
	}
	return op.Conv(x, w, bias, c.stride, c.pad)
}

// half returns the padding that keeps the extent of an odd kernel at stride 1.
func half(kernel []int) []int {
	r := make([]int, len(kernel))
	for i, k := range kernel {
		r[i] = (k - 1) / 2
	}
	return r
}

func ones(n int) []int {
	r := make([]int, n)
	for i := range r {
		r[i] = 1
	}
	return r
}

func convCases() []Case {
	one, two, flat := []int{1, 1, 1}, []int{2, 2, 2}, []int{1, 2, 2}
	k1, k133, k3, k5 := []int{1, 1, 1}, []int{1, 3, 3}, []int{3, 3, 3}, []int{5, 5, 5}
	list := []convolution{
		// channels: below, at and above the widths of vector registers
		{batch: 1, in: 1, out: 1, extent: []int{3, 4, 5}, kernel: k3, stride: one, bias: true},
		{batch: 1, in: 1, out: 16, extent: []int{4, 5, 19}, kernel: k3, stride: one, bias: true},
		{batch: 2, in: 2, out: 4, extent: []int{2, 3, 7}, kernel: k3, stride: one},
		{batch: 1, in: 3, out: 33, extent: []int{3, 3, 5}, kernel: k3, stride: one, bias: true},
		{batch: 1, in: 4, out: 6, extent: []int{3, 5, 4}, kernel: k3, stride: one, bias: true},
		{batch: 2, in: 6, out: 12, extent: []int{2, 3, 5}, kernel: k3, stride: one},
		{batch: 1, in: 12, out: 2, extent: []int{3, 4, 6}, kernel: k3, stride: one, bias: true},
		{batch: 2, in: 16, out: 16, extent: []int{3, 4, 9}, kernel: k3, stride: one, bias: true},
		{batch: 1, in: 33, out: 17, extent: []int{2, 3, 6}, kernel: k3, stride: one},
		{batch: 1, in: 32, out: 48, extent: []int{2, 3, 33}, kernel: k3, stride: one, bias: true},
		// kernels
		{batch: 2, in: 16, out: 3, extent: []int{3, 4, 5}, kernel: k1, stride: one, bias: true},
		{batch: 1, in: 5, out: 18, extent: []int{1, 1, 1}, kernel: k1, stride: one},
		{batch: 1, in: 16, out: 16, extent: []int{2, 5, 7}, kernel: k133, stride: one, bias: true},
		{batch: 1, in: 4, out: 16, extent: []int{5, 6, 7}, kernel: k5, stride: one},
		{batch: 1, in: 16, out: 6, extent: []int{2, 3, 4}, kernel: k5, stride: one, bias: true},
		{batch: 1, in: 2, out: 5, extent: []int{7, 3, 4}, kernel: []int{3, 1, 1}, stride: one},
		// strides, on extents that they divide and that they do not
		{batch: 1, in: 16, out: 32, extent: []int{4, 6, 8}, kernel: k3, stride: two, bias: true},
		{batch: 2, in: 4, out: 16, extent: []int{5, 7, 9}, kernel: k3, stride: two},
		{batch: 1, in: 16, out: 16, extent: []int{3, 6, 10}, kernel: k3, stride: flat, bias: true},
		{batch: 1, in: 16, out: 33, extent: []int{3, 7, 5}, kernel: k133, stride: flat},
		{batch: 1, in: 6, out: 16, extent: []int{5, 4, 6}, kernel: k1, stride: two},
		{batch: 1, in: 3, out: 4, extent: []int{6, 9, 7}, kernel: k3, stride: []int{3, 1, 2}},
		{batch: 1, in: 1, out: 16, extent: []int{4, 6, 6}, kernel: k3, stride: two},
		// the smallest extents, and kernels that reach over both borders
		{batch: 1, in: 16, out: 16, extent: []int{1, 1, 1}, kernel: k3, stride: one, bias: true},
		{batch: 1, in: 16, out: 16, extent: []int{1, 2, 1}, kernel: k3, stride: two},
		// a row wider than any block of pixels that a kernel may keep in registers
		{batch: 1, in: 16, out: 16, extent: []int{1, 2, 131}, kernel: k3, stride: one},
		// two dimensions
		{batch: 2, in: 1, out: 8, extent: []int{5, 7}, kernel: []int{3, 3}, stride: []int{1, 1}, bias: true},
		{batch: 2, in: 16, out: 16, extent: []int{6, 9}, kernel: []int{3, 3}, stride: []int{1, 1}, bias: true},
		{batch: 1, in: 16, out: 33, extent: []int{6, 8}, kernel: []int{3, 3}, stride: []int{2, 2}},
		{batch: 3, in: 12, out: 2, extent: []int{3, 5}, kernel: []int{1, 1}, stride: []int{1, 1}, bias: true},
	}
	for i := range list {
		list[i].pad = half(list[i].kernel)
	}
	list = append(list,
		// padding other than half the kernel, as in the U-Net of 2015 and FCN
		convolution{batch: 1, in: 4, out: 16, extent: []int{5, 6}, kernel: []int{3, 3}, stride: []int{1, 1}, pad: []int{0, 0}, bias: true},
		convolution{batch: 1, in: 16, out: 16, extent: []int{3, 5, 7}, kernel: k3, stride: one, pad: []int{0, 0, 0}},
		convolution{batch: 1, in: 16, out: 4, extent: []int{2, 3}, kernel: []int{3, 3}, stride: []int{1, 1}, pad: []int{4, 2}},
		convolution{batch: 1, in: 2, out: 3, extent: []int{4, 5, 6}, kernel: []int{2, 2, 2}, stride: two, pad: []int{0, 0, 0}},
	)
	return append(cases(list), cases(transposedConvolutions())...)
}

func transposedConvolutions() []convolution {
	two, flat := []int{2, 2, 2}, []int{1, 2, 2}
	list := []convolution{
		// kernel = stride: exact upsampling
		{batch: 1, in: 16, out: 16, extent: []int{2, 3, 4}, kernel: two, stride: two, bias: true},
		{batch: 2, in: 33, out: 12, extent: []int{1, 2, 3}, kernel: two, stride: two},
		{batch: 1, in: 32, out: 16, extent: []int{3, 2, 5}, kernel: flat, stride: flat, bias: true},
		{batch: 1, in: 4, out: 2, extent: []int{1, 1, 1}, kernel: two, stride: two, bias: true},
		{batch: 1, in: 6, out: 1, extent: []int{2, 2, 17}, kernel: two, stride: two},
		{batch: 1, in: 16, out: 16, extent: []int{2, 3, 3}, kernel: []int{1, 1, 1}, stride: []int{1, 1, 1}},
		{batch: 2, in: 32, out: 16, extent: []int{3, 4}, kernel: []int{2, 2}, stride: []int{2, 2}, bias: true},
	}
	for i := range list {
		list[i].pad = make([]int, len(list[i].kernel))
	}
	list = append(list,
		// overlapping kernels, as in FCN and DeconvNet
		convolution{batch: 1, in: 3, out: 4, extent: []int{3, 4}, kernel: []int{4, 4}, stride: []int{2, 2}, pad: []int{1, 1}},
		convolution{batch: 1, in: 16, out: 2, extent: []int{2, 3, 4}, kernel: []int{3, 3, 3}, stride: []int{1, 1, 1}, pad: []int{1, 1, 1}, bias: true},
		convolution{batch: 1, in: 5, out: 16, extent: []int{2, 3, 2}, kernel: []int{3, 3, 3}, stride: two, pad: []int{1, 1, 1}},
		// a stride beyond the kernel leaves holes
		convolution{batch: 1, in: 2, out: 3, extent: []int{2, 3}, kernel: []int{1, 2}, stride: []int{2, 3}, pad: []int{0, 0}, bias: true},
	)
	for i := range list {
		list[i].transposed = true
	}
	return list
}

func cases(list []convolution) []Case {
	var r []Case
	for _, c := range list {
		r = append(r, Case{Name: c.name(), Build: c.build})
	}
	return r
}

package enginetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// Fuzz compares an executor with ref on a small random case: an executor's fuzz test calls it with the
// seed that the fuzzer gives.
func Fuzz(t testing.TB, executor engine.Executor, seed uint64) {
	t.Helper()
	againstRef(t, Random(seed), executor)
}

// Random returns a random case: a convolution or its transposed counterpart of any geometry, a norm
// with its activation, a concatenation with slices, an operator of the networks before nnU-Net's, or a loss.
func Random(seed uint64) Case {
	r := draw{rand.New(rand.NewPCG(seed, 2))}
	var c Case
	switch r.IntN(6) {
	case 0, 1:
		conv := r.convolution()
		c = Case{Name: conv.name(), Build: conv.build}
	case 2:
		c = r.unit()
	case 3:
		c = r.channels()
	case 4:
		c = r.classic()
	default:
		c = r.loss()
	}
	c.Name = fmt.Sprintf("seed %d: %s", seed, c.Name)
	return c
}

// draw chooses numbers of a random case.
type draw struct{ *rand.Rand }

// within returns a number in [from, to].
func (r draw) within(from, to int) int { return from + r.IntN(to-from+1) }

// channelCount favours the widths at and beside those of vector registers.
func (r draw) channelCount() int {
	return []int{1, 2, 3, 4, 6, 8, 12, 15, 16, 17, 31, 32, 33, 48}[r.IntN(14)]
}

// extent returns the extents of a 2D or 3D activation of at most a few hundred voxels.
func (r draw) extent() []int {
	if r.IntN(3) == 0 {
		return []int{r.within(1, 13), r.within(1, 17)}
	}
	return []int{r.within(1, 5), r.within(1, 6), r.within(1, 9)}
}

func (r draw) convolution() convolution {
	c := convolution{batch: r.within(1, 2), in: r.channelCount(), out: r.channelCount(), extent: r.extent(), bias: r.IntN(2) == 0, transposed: r.IntN(3) == 0}
	for _, e := range c.extent {
		k, s := r.within(1, 5), r.within(1, 3)
		p := r.IntN(k)
		// Neither kind may have an empty result.
		for !c.transposed && e+2*p < k {
			k--
		}
		for c.transposed && (e-1)*s-2*p+k < 1 {
			p--
		}
		c.kernel, c.stride, c.pad = append(c.kernel, k), append(c.stride, s), append(c.pad, p)
	}
	return c
}

// unit is a convolution, a norm and an activation in a row, any of which an executor may fuse. Norms of
// very few voxels amplify rounding without bound, so there are at least 16.
func (r draw) unit() Case {
	shape := append([]int{r.within(1, 2), r.channelCount()}, r.within(2, 4), r.within(3, 6), r.within(4, 9))
	out, batch, slope := r.channelCount(), r.IntN(3) == 0, []float64{0, 0.01, 0.2}[r.IntN(3)]
	k := []int{1, 3}[r.IntN(2)]
	kernel := []int{k, 3, 3}
	return Case{
		Name: fmt.Sprintf("unit %v -> %d, kernel %v, batch norm %v, slope %g", shape, out, kernel, batch, slope), Tolerance: blockTolerance,
		Build: func(b *Builder) engine.Node {
			w := b.Parameter(0, 0.3, append([]int{out, shape[1]}, kernel...)...)
			y := op.Conv(b.Input(shape...), w, b.Parameter(0, 1, out), ones(3), half(kernel))
			return op.LeakyReLU(norm(b, y, batch), slope)
		},
	}
}

// channels is a concatenation of three activations of which one has a second reader, then a slice.
func (r draw) channels() Case {
	batch, extent := r.within(1, 3), r.extent()
	counts := []int{r.channelCount(), r.channelCount(), r.channelCount()}
	total := counts[0] + counts[1] + counts[2]
	from := r.IntN(total)
	to := r.within(from+1, total)
	return Case{
		Name: fmt.Sprintf("concat of %v, slice [%d, %d), batch %d, extent %v", counts, from, to, batch, extent),
		Build: func(b *Builder) engine.Node {
			var parts []engine.Node
			for i, n := range counts {
				parts = append(parts, op.Scale(b.Input(append([]int{batch, n}, extent...)...), float64(i+1)))
			}
			whole := op.Concat(parts...)
			return op.Concat(op.LeakyReLU(op.Slice(whole, from, to), 0.1), parts[1])
		},
	}
}

func (r draw) loss() Case {
	logits := append([]int{r.within(1, 3), r.within(2, 9)}, r.extent()...)
	list := append(labelLosses(logits), regionLosses(logits)...)
	return list[r.IntN(len(list))]
}

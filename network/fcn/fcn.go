package fcn

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// Names of the options in plans.Architecture.
const (
	// Padding is same (aligned, the default) or original (100 in front, then crops).
	Padding = "padding"
	// SkipScale is 0.01 for a network that is trained at once: the features behind the i-th skip from below
	// are multiplied with its power i. Absent or 1 for training in stages (architectures.md 2.5).
	SkipScale = "skip_scale"
)

// Build returns the builder of the FCN that adds the scores of that many finer grids, fewer where there are
// not as many. Fixed interpolation kernels are no parameters.
func Build(skips int) func(*block.Builder, plans.Architecture, engine.Node, int) []engine.Node {
	return func(b *block.Builder, arch plans.Architecture, input engine.Node, classes int) []engine.Node {
		n := &net{Builder: b, arch: arch, classes: classes, dropout: b.TakeDropout()}
		pooled := n.classifier(map0(input))
		bottom := arch.Stages() - 1
		x := n.head(pooled[bottom-1])
		count := min(skips, bottom-1)
		var scores []block.Parameter
		for i := range count {
			x = n.up(i, x, arch.Strides[bottom-i])
			x = n.skip(&scores, i, x, pooled[bottom-2-i])
		}
		b.Append(scores)
		x = n.up(count, x, total(arch.Strides[:bottom-count+1]))
		return []engine.Node{n.cropTo(map0(input), x)}
	}
}

// net is an FCN under construction.
type net struct {
	*block.Builder
	arch    plans.Architecture
	classes int
	dropout float64 // behind fc6 and fc7
}

func (n *net) original() bool { return n.arch.Options[Padding] == "original" }

// classifier adds the stages and returns what each pooling makes of them.
func (n *net) classifier(x placed) []placed {
	var pooled []placed
	for s := range n.arch.Stages() - 1 {
		for i := range n.arch.Convolutions[s] {
			kernel := n.arch.Kernels[s]
			pad := n.padding(kernel)
			if s == 0 && i == 0 && n.original() {
				pad = hundred(kernel)
			}
			x = n.unit(fmt.Sprintf("stages.%d.%d", s, i), x, block.Shape{Out: n.arch.Features[s], Kernel: kernel, Pad: pad})
		}
		window := n.arch.Strides[s+1]
		y, _ := op.MaxPool(x.node, window, op.Ceil)
		x = x.windows(y, window, window, make([]int, len(window)))
		pooled = append(pooled, x)
	}
	return pooled
}

// hundred is the published padding of the first convolution, on the axes that it has a kernel on.
func hundred(kernel []int) []int {
	pad := make([]int, len(kernel))
	for i, k := range kernel {
		if k > 1 {
			pad[i] = 100
		}
	}
	return pad
}

func (n *net) padding(kernel []int) []int {
	pad := make([]int, len(kernel))
	for i, k := range kernel {
		pad[i] = k / 2
	}
	return pad
}

func (n *net) unit(name string, x placed, s block.Shape) placed {
	return x.windows(n.ConvNormAct(name, x.node, s), s.Kernel, block.Ones(len(s.Kernel)), s.Pad)
}

// head is the classifier's fully connected part as convolutions, and the scores of the bottom grid.
func (n *net) head(x placed) placed {
	bottom := n.arch.Stages() - 1
	kernel, one := n.arch.Kernels[bottom], block.Ones(n.arch.Dimensions)
	pad := n.padding(kernel)
	if n.original() {
		pad = make([]int, len(kernel))
	}
	x = n.unit("fc6", x, block.Shape{Out: n.arch.Features[bottom], Kernel: kernel, Pad: pad})
	x.node = n.DropElements("fc6.dropout", x.node, n.dropout)
	x = n.unit("fc7", x, block.Shape{Out: n.arch.Features[bottom], Kernel: one, Pad: make([]int, len(one))})
	x.node = n.DropElements("fc7.dropout", x.node, n.dropout)
	x.node = n.Head("score", x.node, n.classes)
	return x
}

// up interpolates scores by a factor (architectures.md 2.3 and 2.4).
func (n *net) up(i int, x placed, factor []int) placed {
	kernel, pad := make([]int, len(factor)), make([]int, len(factor))
	for axis, f := range factor {
		kernel[axis] = 2*f - f%2
		if !n.original() {
			pad[axis] = f / 2
		}
	}
	y := n.Tap(fmt.Sprintf("ups.%d", i), op.UpsampleTent(x.node, kernel, factor, pad))
	return x.spread(y, kernel, factor, pad)
}

// skip adds the i-th finer grid's scores, on the part that both cover.
func (n *net) skip(scores *[]block.Parameter, i int, x, finer placed) placed {
	if f, ok := n.arch.Options[SkipScale].(float64); ok && f != 1 {
		finer.node = op.Scale(finer.node, math.Pow(f, float64(i+1)))
	}
	finer.node = n.Record(scores, func() engine.Node { return n.Head(fmt.Sprintf("skip_scores.%d", i), finer.node, n.classes) })
	a, b := common(x, finer)
	a.node = op.Add(a.node, b.node)
	return a
}

// cropTo cuts the scores to the image.
func (n *net) cropTo(image, x placed) engine.Node {
	a, _ := common(x, image)
	return a.node
}

// total multiplies strides axis by axis.
func total(strides [][]int) []int {
	r := block.Ones(len(strides[0]))
	for _, row := range strides {
		for axis, t := range row {
			r[axis] *= t
		}
	}
	return r
}

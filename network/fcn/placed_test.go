package fcn

import (
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// vgg is the published classifier, narrowed to a few channels, with its head.
func vgg(padding string) plans.Architecture {
	a := plans.Architecture{Dimensions: 2, Features: []int{2, 2, 2, 2, 2, 2}, Convolutions: []int{2, 2, 3, 3, 3, 1}, Bias: true,
		Norm: plans.Norm{Kind: plans.NoNorm}, Activation: plans.Activation{Kind: plans.ReLU}, Options: map[string]any{Padding: padding}}
	for s := range a.Features {
		a.Kernels, a.Strides = append(a.Kernels, []int{3, 3}), append(a.Strides, []int{min(2, s+1), min(2, s+1)})
	}
	a.Kernels[5] = []int{7, 7}
	return a
}

// TestPublishedCrops pins the crop numbers of the released networks (architectures.md 2.1): they follow
// from coordinates alone.
func TestPublishedCrops(t *testing.T) {
	for _, c := range []struct {
		skips int
		crops []int // of every skip and of the result
	}{{0, []int{19}}, {1, []int{5, 27}}, {2, []int{5, 9, 31}}} {
		for _, padding := range []string{"original", "same"} {
			g := engine.NewGraph(engine.Float32)
			image := g.Input("image", engine.Shape{1, 3, 64, 64})
			n := &net{Builder: block.NewBuilder(g, vgg(padding)), arch: vgg(padding), classes: 2}
			pooled := n.classifier(map0(image))
			x := n.head(pooled[4])
			var scores []block.Parameter
			for i, want := range c.crops {
				if padding == "same" {
					want = 0
				}
				factor := []int{2, 2}
				finer := map0(image)
				if i < c.skips {
					finer = pooled[3-i]
				} else {
					factor = total(n.arch.Strides[:6-c.skips])
				}
				x = n.up(i, x, factor)
				// b's index of a's first voxel is the number of voxels to crop off b; the image is never
				// cropped, so there the scores lose them.
				if got := (x.offset[0] - finer.offset[0]) / x.scale[0]; (i < c.skips && got != float64(want)) || (i == c.skips && got != float64(-want)) {
					t.Errorf("%d skips, padding %s: crop %d is %v, want %d", c.skips, padding, i, got, want)
				}
				if i < c.skips {
					x = n.skip(&scores, i, x, finer)
				}
			}
		}
	}
}

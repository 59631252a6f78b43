package op

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/engine"
)

// Linear upsampling and its gradient.
const (
	UpsampleLinearKind     engine.Kind = "upsample_linear"      // UpsampleAttributes: x
	UpsampleLinearGradKind engine.Kind = "upsample_linear_grad" // UpsampleAttributes: dy -> dx
)

// UpsampleAttributes are the factors of an upsampling per (z, y, x).
type UpsampleAttributes struct{ Factor [3]int }

// UpsampleLinear multiplies every extent by its factor and interpolates linearly between voxel centres
// (half-pixel convention): per axis
//
//	y[o] = x at max(0, min(n-1, (o + 0.5)/factor - 0.5))
//
// so the border is repeated. factor has one number per spatial axis.
func UpsampleLinear(x engine.Node, factor []int) engine.Node {
	axes := len(x.Shape()) - 2
	if len(factor) != axes {
		panic(fmt.Sprintf("%s: factors %v for %d spatial axes", UpsampleLinearKind, factor, axes))
	}
	a := UpsampleAttributes{[3]int{1, 1, 1}}
	copy(a.Factor[3-axes:], factor)
	return x.Graph().Apply(upsampleLinearDefinition(a), x)
}

func (a UpsampleAttributes) check() error {
	if a.Factor[0] < 1 || a.Factor[1] < 1 || a.Factor[2] < 1 {
		return fmt.Errorf("factors %v, want at least 1", a.Factor)
	}
	return nil
}

func upsampleLinearDefinition(a UpsampleAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: UpsampleLinearKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := first(activation("the input", s[0]), a.check()); err != nil {
				return nil, err
			}
			extent := s[0].Spatial()
			for i := range extent {
				extent[i] *= a.Factor[i]
			}
			return s[0].WithSpatial(s[0][1], extent), nil
		},
		Compute: compute(interpolationKernels(a.interpolation)),
		Gradient: func(_ []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{dy.Graph().Apply(upsampleLinearGradDefinition(a), dy)}
		},
	}
}

func upsampleLinearGradDefinition(a UpsampleAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: UpsampleLinearGradKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			extent := s[0].Spatial()
			for i := range extent {
				extent[i] /= a.Factor[i]
			}
			return s[0].WithSpatial(s[0][1], extent), nil
		},
		Compute: compute(adjointKernels(a.interpolation)),
	}
}

// interpolation returns the taps for an input of some extents.
func (a UpsampleAttributes) interpolation(wide [3]int) interpolation {
	var m interpolation
	for axis, f := range a.Factor {
		m[axis] = make([]tap, wide[axis]*f)
		last := float64(wide[axis] - 1)
		for o := range m[axis] {
			at := max(0, min(last, (float64(o)+0.5)/float64(f)-0.5))
			below := math.Floor(at)
			above := min(last, below+1)
			m[axis][o] = tap{[2]int{int(below), int(above)}, [2]float64{1 - (at - below), at - below}}
		}
	}
	return m
}

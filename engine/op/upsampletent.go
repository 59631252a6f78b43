package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// Upsampling by a transposed convolution with a fixed kernel, and its gradient.
const (
	UpsampleTentKind     engine.Kind = "upsample_tent"      // engine.ConvAttributes: x
	UpsampleTentGradKind engine.Kind = "upsample_tent_grad" // engine.ConvAttributes: dy -> dx
)

// UpsampleTent is the transposed convolution of every channel by itself with the kernel of linear
// interpolation, as FCN upsamples its scores (Long et al. 2015, section 3.3): per axis
//
//	w[i] = 1 - |i - (k-1)/2| / ceil(k/2)
//
// The kernel may reach at most two strides. Unlike UpsampleLinear it fades to zero at the border. The
// extent is (extent-1)*stride - 2 pad + kernel.
func UpsampleTent(x engine.Node, kernel, stride, pad []int) engine.Node {
	axes := len(x.Shape()) - 2
	if len(kernel) != axes || len(stride) != axes || len(pad) != axes {
		panic(fmt.Sprintf("%s: kernel %v, stride %v and padding %v for %d spatial axes", UpsampleTentKind, kernel, stride, pad, axes))
	}
	a := engine.ConvAttributes{Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}}
	copy(a.Kernel[3-axes:], kernel)
	copy(a.Stride[3-axes:], stride)
	copy(a.Pad[3-axes:], pad)
	return x.Graph().Apply(upsampleTentDefinition(a), x)
}

func upsampleTentDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: UpsampleTentKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the input", s[0]); err != nil {
				return nil, err
			}
			for i, k := range a.Kernel {
				if k > 2*a.Stride[i] {
					return nil, fmt.Errorf("kernel %v reaches beyond two strides %v", a.Kernel, a.Stride)
				}
			}
			out, err := widened(a, s[0].Spatial())
			return s[0].WithSpatial(s[0][1], out), err
		},
		Compute: compute(interpolationKernels(func(in [3]int) interpolation { return tents(a, in) })),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			b := a
			b.Extent = in[0].Shape().Spatial()
			return []engine.Node{dy.Graph().Apply(upsampleTentGradDefinition(b), dy)}
		},
	}
}

func upsampleTentGradDefinition(a engine.ConvAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: UpsampleTentGradKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if out, err := widened(a, a.Extent); err != nil || out != s[0].Spatial() {
				return nil, fmt.Errorf("gradient %v does not belong to extent %v (%v)", s[0], a.Extent, err)
			}
			return s[0].WithSpatial(s[0][1], a.Extent), nil
		},
		Compute: compute(adjointKernels(func(in [3]int) interpolation { return tents(a, in) })),
	}
}

// tents returns the taps: output o meets input i with kernel position o + pad - i*stride.
func tents(a engine.ConvAttributes, in [3]int) interpolation {
	out, _ := widened(a, in) // checked when the graph was built
	var m interpolation
	for axis := range m {
		k, s := a.Kernel[axis], a.Stride[axis]
		m[axis] = make([]tap, out[axis])
		for o := range m[axis] {
			last := (o + a.Pad[axis]) / s
			for side := range 2 {
				i := last - side
				if w := o + a.Pad[axis] - i*s; i >= 0 && i < in[axis] && w < k {
					m[axis][o].at[side], m[axis][o].weight[side] = i, tent(k, w)
				}
			}
		}
	}
	return m
}

// tent is the kernel of linear interpolation of length k at position i.
func tent(k, i int) float64 {
	centre, half := float64(k-1)/2, float64((k+1)/2)
	d := float64(i) - centre
	return 1 - max(d, -d)/half
}

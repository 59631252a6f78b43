package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// Cutting a box out of every channel, and putting it back among zeros.
const (
	CropKind engine.Kind = "crop" // BoxAttributes: x
	PadKind  engine.Kind = "pad"  // BoxAttributes: x
)

// BoxAttributes place a box inside wider channels, per (z, y, x).
type BoxAttributes struct {
	// First is the position of the box's first voxel in the wider channel.
	First [3]int
	// Extent is that of the box for Crop and that of the wider channel for Pad.
	Extent [3]int
}

// Crop returns the box of every channel that begins at first. Both have one number per spatial axis.
func Crop(x engine.Node, first, extent []int) engine.Node {
	return x.Graph().Apply(cropDefinition(boxAttributes(CropKind, x, first, extent)), x)
}

// Pad puts x into channels of zeros of an extent, beginning at first: the gradient of Crop, and the
// other way round.
func Pad(x engine.Node, first, extent []int) engine.Node {
	return x.Graph().Apply(padDefinition(boxAttributes(PadKind, x, first, extent)), x)
}

func boxAttributes(kind engine.Kind, x engine.Node, first, extent []int) BoxAttributes {
	axes := len(x.Shape()) - 2
	if len(first) != axes || len(extent) != axes {
		panic(fmt.Sprintf("%s: first voxel %v and extent %v for %d spatial axes", kind, first, extent, axes))
	}
	a := BoxAttributes{Extent: [3]int{1, 1, 1}}
	copy(a.First[3-axes:], first)
	copy(a.Extent[3-axes:], extent)
	return a
}

// inside says what is wrong with a box that should lie inside a wider extent.
func inside(first, box, wide [3]int) error {
	for i := range first {
		if first[i] < 0 || box[i] < 1 || first[i]+box[i] > wide[i] {
			return fmt.Errorf("box of extent %v at %v does not lie inside %v", box, first, wide)
		}
	}
	return nil
}

func cropDefinition(a BoxAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: CropKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the input", s[0]); err != nil {
				return nil, err
			}
			return s[0].WithSpatial(s[0][1], a.Extent), inside(a.First, a.Extent, s[0].Spatial())
		},
		Compute: compute(cropKernel[float32](a), cropKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			b := BoxAttributes{a.First, in[0].Shape().Spatial()}
			return []engine.Node{dy.Graph().Apply(padDefinition(b), dy)}
		},
	}
}

func padDefinition(a BoxAttributes) *engine.Definition {
	return &engine.Definition{
		Kind: PadKind, Attributes: a,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the input", s[0]); err != nil {
				return nil, err
			}
			return s[0].WithSpatial(s[0][1], a.Extent), inside(a.First, s[0].Spatial(), a.Extent)
		},
		Compute: compute(padKernel[float32](a), padKernel[float64](a)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			b := BoxAttributes{a.First, in[0].Shape().Spatial()}
			return []engine.Node{dy.Graph().Apply(cropDefinition(b), dy)}
		},
	}
}

// rows calls f for every row of a box in every channel: where it begins in the wider array and in the
// box's own.
func rows(channels int, first, box, wide [3]int, f func(outside, within int)) {
	at := 0
	for c := range channels {
		for z := range box[0] {
			for y := range box[1] {
				f(((c*wide[0]+first[0]+z)*wide[1]+first[1]+y)*wide[2]+first[2], at)
				at += box[2]
			}
		}
	}
}

func cropKernel[T engine.Float](a BoxAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		y, x := engine.Elements[T](dst), engine.Elements[T](src[0])
		rows(dst.Shape[0]*dst.Shape[1], a.First, a.Extent, src[0].Shape.Spatial(), func(outside, within int) {
			copy(y[within:][:a.Extent[2]], x[outside:])
		})
	}
}

func padKernel[T engine.Float](a BoxAttributes) kernel {
	return func(dst engine.Array, src []engine.Array) {
		y, x, box := engine.Elements[T](dst), engine.Elements[T](src[0]), src[0].Shape.Spatial()
		clear(y)
		rows(dst.Shape[0]*dst.Shape[1], a.First, box, a.Extent, func(outside, within int) {
			copy(y[outside:][:box[2]], x[within:])
		})
	}
}

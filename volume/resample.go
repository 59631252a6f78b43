package volume

import (
	"fmt"

	"github.com/autoseg/autoseg/internal/float16"
)

// Order is the order of the spline that interpolates between voxels.
type Order int

// The supported orders. Sample k of n new ones lies at (k+0.5)*old/new-0.5: voxels are cells that
// fill the same extent before and after. Beyond the border the outermost voxel goes on for ever.
const (
	// NearestExact takes the voxel in whose cell the sample lies, PyTorch's rule of that name. Where
	// shapes change it can differ from Nearest by rounding only.
	NearestExact Order = -1
	// Nearest takes the closest voxel; of two equally close ones the one with the higher index.
	Nearest Order = 0
	// Linear interpolates between the two voxels around the sample, per axis.
	Linear Order = 1
	// Cubic interpolates with the cubic B-spline that passes through all voxels. Results are clipped
	// to the range of the values handed in, because the spline overshoots at edges.
	Cubic Order = 3
)

// Axis names an axis of a grid.
type Axis int

// The axes, slowest first; NoAxis is the zero value.
const (
	NoAxis Axis = iota
	AxisZ
	AxisY
	AxisX
)

// Precision is the number format that results are rounded to.
type Precision int

const (
	// Single keeps float32.
	Single Precision = iota
	// Half rounds to IEEE half precision, the format in which nnU-Net keeps logits.
	Half
)

// Resampling says how a grid is brought to another shape.
type Resampling struct {
	// Order is the order in the volume or, with Across, in the plane of the slices.
	Order Order
	// Across is the axis whose slices are resampled one by one, each clipped to its own range, before
	// their number is changed; NoAxis treats all axes alike.
	Across Axis
	// AcrossOrder is the order along Across.
	AcrossOrder Order
	// Precision is what results are rounded to, once, from float64.
	Precision Precision
	// Workers is the number of goroutines; results do not depend on it.
	Workers int
}

// Validate reports an order or axis that does not exist.
func (r Resampling) Validate() error {
	for _, o := range []Order{r.Order, r.AcrossOrder} {
		if o != NearestExact && o != Nearest && o != Linear && o != Cubic {
			return fmt.Errorf("resampling of order %d: want 0, 1 or 3", o)
		}
	}
	if r.Across < NoAxis || r.Across > AxisX {
		return fmt.Errorf("resampling across axis %d: want 0 (none) to 3", r.Across)
	}
	return nil
}

// Resample fills dst with src brought to dst's shape. Equal shapes are a copy, whatever the order.
// The semantics are those of skimage.transform.resize (0.19, edge mode, no anti-aliasing, clip) and,
// across slices, scipy.ndimage.map_coordinates, as nnU-Net calls them. It panics when r is not valid
// or a grid is empty; dst and src must not overlap.
func Resample(dst, src Grid[float32], r Resampling) {
	mustValidate(r)
	switch {
	case dst.Shape == src.Shape:
		CopyGrid(dst, src)
		roundGrid(dst, r.Precision)
	case r.Across != NoAxis:
		order := slicesFirst(r.Across)
		resampleAcross(dst.Permute(order), src.Permute(order), r)
	default:
		resampleTogether(dst, src, r)
	}
}

func mustValidate(r Resampling) {
	if err := r.Validate(); err != nil {
		panic("volume: " + err.Error())
	}
}

// resampleTogether treats all axes alike.
func resampleTogether(dst, src Grid[float32], r Resampling) {
	switch r.Order {
	case Nearest, NearestExact:
		resampleNearest(dst, src, r)
		roundGrid(dst, r.Precision)
	case Linear:
		resampleLinear(dst, src, r)
	case Cubic:
		resampleCubic(dst, src, valueRange(src), r)
	}
}

// slicesFirst returns the permutation that makes axis the slowest and keeps the order of the others.
func slicesFirst(axis Axis) [3]int {
	return [3][3]int{{0, 1, 2}, {1, 0, 2}, {2, 0, 1}}[axis-AxisZ]
}

// slice returns the view of one slice along the slowest axis, as a grid of one slice.
func (g Grid[T]) slice(z int) Grid[T] {
	g.Data, g.Shape[0] = g.Data[z*g.Stride[0]:], 1
	return g
}

// interval is a closed range of values.
type interval struct{ low, high float64 }

// valueRange returns the smallest and largest value; NaN is passed over.
func valueRange(g Grid[float32]) interval {
	low, high := g.At(0, 0, 0), g.At(0, 0, 0)
	for z := range g.Shape[0] {
		for y := range g.Shape[1] {
			row, step := g.Data[g.Index(z, y, 0):], g.Stride[2]
			for x := 0; x < g.Shape[2]*step; x += step {
				if v := row[x]; v < low {
					low = v
				} else if v > high {
					high = v
				}
			}
		}
	}
	return interval{float64(low), float64(high)}
}

func roundGrid(g Grid[float32], p Precision) {
	if p != Half {
		return
	}
	for z := range g.Shape[0] {
		for y := range g.Shape[1] {
			row := g.Data[g.Index(z, y, 0):]
			for x := range g.Shape[2] {
				row[x*g.Stride[2]] = float32(float16.Round(float64(row[x*g.Stride[2]])))
			}
		}
	}
}

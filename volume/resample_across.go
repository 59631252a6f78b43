package volume

import (
	"github.com/autoseg/autoseg/internal/float16"
	"github.com/autoseg/autoseg/internal/parallel"
)

// resampleAcross resamples slice by slice in the plane, then changes the number of slices, which run
// along the slowest axis of dst and src.
func resampleAcross(dst, src Grid[float32], r Resampling) {
	if r.AcrossOrder.isNearest() || dst.Shape[0] == src.Shape[0] {
		slicesNearest(dst, src, r)
		return
	}
	shape := [3]int{src.Shape[0], dst.Shape[1], dst.Shape[2]}
	planes := NewGrid(shape, make([]float64, shape[0]*shape[1]*shape[2]))
	slicesNearest(planes, src, Resampling{Order: r.Order, Workers: r.Workers})
	if r.AcrossOrder == Linear {
		resampleLinear(dst, planes, r)
		return
	}
	cubicColumns(dst, planes, unlimited, r)
}

// slicesNearest computes every slice that is shown once, into the first place where it is shown, and
// copies it to the others.
func slicesNearest[D real](dst Grid[D], src Grid[float32], r Resampling) {
	groups := runs(r.AcrossOrder.voxels(src.Shape[0], dst.Shape[0]))
	resampleSlice := slicer[D](dst.Shape, src.Shape, r)
	parallel.For(r.Workers, len(groups), func(worker, i int) {
		g := groups[i]
		resampleSlice(worker, dst.slice(g.first), src.slice(g.source))
		for k := g.first + 1; k < g.end; k++ {
			CopyGrid(dst.slice(k), dst.slice(g.first))
		}
	})
}

// slicer returns the function that resamples a single slice in its plane. Linear interpolation in
// float64 keeps scipy's bits where the other orders need only be close.
func slicer[D real](dst, src [3]int, r Resampling) func(worker int, dst Grid[D], src Grid[float32]) {
	switch r.Order {
	case Nearest, NearestExact:
		y, x := r.Order.voxels(src[1], dst[1]), r.Order.voxels(src[2], dst[2])
		return func(_ int, to Grid[D], from Grid[float32]) {
			nearestSlice(to, from, y, x, r.Precision)
		}
	case Linear:
		y, x := linearTaps(src[1], dst[1]), linearTaps(src[2], dst[2])
		rows := make([]linearRows, max(1, r.Workers))
		return func(worker int, to Grid[D], from Grid[float32]) {
			resampleLinearSlice(to, from, y, x, &rows[worker], r.Precision)
		}
	default:
		whole := newPlanePass(dst, src, unlimited, r.Precision)
		scratch := make([]planeScratch, max(1, r.Workers))
		return func(worker int, to Grid[D], from Grid[float32]) {
			plane := whole
			plane.x.clip = valueRange(from)
			plane.y.clip = plane.x.clip
			resamplePlane(to, from, &plane, &scratch[worker])
		}
	}
}

func nearestSlice[D real](dst Grid[D], src Grid[float32], y, x []int, p Precision) {
	for j, row := range y {
		from, to := src.Data[src.Index(0, row, 0):], dst.Data[dst.Index(0, j, 0):]
		for i, column := range x {
			v := float64(from[column*src.Stride[2]])
			if p == Half {
				v = float16.Round(v)
			}
			to[i*dst.Stride[2]] = D(v)
		}
	}
}

package volume

import (
	"math"

	"github.com/autoseg/autoseg/internal/parallel"
)

var unlimited = interval{math.Inf(-1), math.Inf(1)}

const (
	// blockBytes bounds what resampling keeps between its passes: float64, because results are
	// rounded to float32 once, at the end.
	blockBytes = 128 << 20
	// minBlockRows keeps blocks wide enough for the overlap below to be worth it.
	minBlockRows = 16
	// halo is how many voxels beyond its own a block of lines is filtered over. The filter forgets by
	// the factor |pole| = 0.27 per voxel, so what lies further away changes less than 1e-16.
	halo = 28
)

// resampleCubic brings src to dst's shape, axis by axis: the spline is separable. Planes come first,
// then columns; values are clipped at the end.
func resampleCubic(dst, src Grid[float32], clip interval, r Resampling) {
	dst, src = fastestLast(dst, src)
	samePlane := dst.Shape[1] == src.Shape[1] && dst.Shape[2] == src.Shape[2]
	switch {
	case dst.Shape[0] == src.Shape[0]:
		plane := newPlanePass(dst.Shape, src.Shape, clip, r.Precision)
		cubicPlanes(dst, src, plane, r.Workers)
	case samePlane:
		cubicColumns(dst, src, clip, r)
	default:
		cubicBlocks(dst, src, clip, blockRows(dst.Shape, src.Shape), r)
	}
}

// fastestLast permutes both grids so that neighbours along src's last axis are neighbours in memory:
// all axes are treated alike, and a transposed view is then read at the speed of any other.
func fastestLast(dst, src Grid[float32]) (Grid[float32], Grid[float32]) {
	order := [3][3]int{{1, 2, 0}, {0, 2, 1}, {0, 1, 2}}[src.fastest()]
	return dst.Permute(order), src.Permute(order)
}

// CubicMemory returns the bytes that Resample with order 3 and no axis across needs besides its
// arguments.
func CubicMemory(dst, src [3]int) int {
	if dst[0] == src[0] || dst[1] == src[1] && dst[2] == src[2] {
		return 0
	}
	return 8 * src[0] * blockRows(dst, src) * dst[2]
}

func blockRows(dst, src [3]int) int {
	return min(dst[1], max(minBlockRows, blockBytes/(8*src[0]*dst[2])))
}

// cubicBlocks resamples blocks of rows (y) one after the other, planes into a buffer and columns from
// it into dst. Its memory does not grow with the volume. The blocks depend on shapes alone, hence
// so do all bits.
func cubicBlocks(dst, src Grid[float32], clip interval, rows int, r Resampling) {
	buffer := make([]float64, src.Shape[0]*rows*dst.Shape[2])
	for first := 0; first < dst.Shape[1]; first += rows {
		end := min(first+rows, dst.Shape[1])
		whole := newPlanePass([3]int{0, dst.Shape[1], dst.Shape[2]}, src.Shape, unlimited, Single)
		plane, from := whole.block(src, first, end)
		shape := [3]int{src.Shape[0], end - first, dst.Shape[2]}
		between := NewGrid(shape, buffer[:shape[0]*shape[1]*shape[2]])
		cubicPlanes(between, from, plane, r.Workers)
		to := dst.Crop(Box{Start: [3]int{0, first, 0}, End: [3]int{dst.Shape[0], end, dst.Shape[2]}})
		cubicColumns(to, between, clip, r)
	}
}

// cubicColumns resamples along z.
func cubicColumns[S real](dst Grid[float32], src Grid[S], clip interval, r Resampling) {
	pass := linePass{taps: cubicTaps(src.Shape[0], dst.Shape[0]), clip: clip, precision: r.Precision}
	bundles := make([]bundle, max(1, r.Workers))
	parallel.For(r.Workers, src.Shape[1], func(worker, y int) {
		for x := 0; x < src.Shape[2]; x += lanes {
			from := lines[S]{data: src.Data[src.Index(0, y, x):], along: src.Stride[0], beside: src.Stride[2]}
			to := lines[float32]{data: dst.Data[dst.Index(0, y, x):], along: dst.Stride[0], beside: dst.Stride[2]}
			resampleLines(to, from, src.Shape[0], min(lanes, src.Shape[2]-x), &pass, &bundles[worker])
		}
	})
}

// cubicPlanes resamples every slice in its plane.
func cubicPlanes[D real](dst Grid[D], src Grid[float32], plane planePass, workers int) {
	scratch := make([]planeScratch, max(1, workers))
	parallel.For(workers, src.Shape[0], func(worker, z int) {
		resamplePlane(dst.slice(z), src.slice(z), &plane, &scratch[worker])
	})
}

package volume

import (
	"math"

	"github.com/autoseg/autoseg/internal/parallel"
)

// nearestVoxels returns, for an axis of n voxels brought to m, the voxel closest to each sample. The
// arithmetic is scipy's: floor(x+0.5), so that a sample between two voxels takes the upper one.
func nearestVoxels(n, m int) []int {
	index := make([]int, m)
	for k := range index {
		index[k] = min(max(int(math.Floor(sample(k, n, m)+0.5)), 0), n-1)
	}
	return index
}

// NearestExactVoxels returns, for an axis of n voxels brought to m, the voxel in whose cell the centre of
// each new voxel lies: the rule that PyTorch calls nearest-exact.
func NearestExactVoxels(n, m int) []int {
	index := make([]int, m)
	for k := range index {
		index[k] = min(int(math.Floor((float64(k)+0.5)*float64(n)/float64(m))), n-1)
	}
	return index
}

// voxels returns the voxel of each sample by either of the two nearest rules.
func (o Order) voxels(n, m int) []int {
	if o == NearestExact {
		return NearestExactVoxels(n, m)
	}
	return nearestVoxels(n, m)
}

func (o Order) isNearest() bool { return o == Nearest || o == NearestExact }

func resampleNearest[T any](dst, src Grid[T], r Resampling) {
	var index [3][]int
	for axis := range index {
		index[axis] = r.Order.voxels(src.Shape[axis], dst.Shape[axis])
	}
	pickVoxels(dst, src, index, r.Workers)
}

// pickVoxels fills dst with the voxels of src at the given positions per axis.
func pickVoxels[T any](dst, src Grid[T], index [3][]int, workers int) {
	parallel.For(workers, dst.Shape[0], func(_, k int) {
		for j := range dst.Shape[1] {
			from, to := src.Data[src.Index(index[0][k], index[1][j], 0):], dst.Data[dst.Index(k, j, 0):]
			for i, x := range index[2] {
				to[i*dst.Stride[2]] = from[x*src.Stride[2]]
			}
		}
	})
}

// run is a range [first, end) of new slices that show the same old one.
type run struct{ source, first, end int }

// runs groups a rising list of source slices.
func runs(index []int) []run {
	var r []run
	for k, source := range index {
		if len(r) > 0 && r[len(r)-1].source == source {
			r[len(r)-1].end++
			continue
		}
		r = append(r, run{source, k, k + 1})
	}
	return r
}

package volume

import (
	"math"

	"github.com/autoseg/autoseg/internal/parallel"
)

// Distances measures the exact Euclidean distance between the centres of voxels and the nearest voxel
// of a mask, in the unit of Spacing.
//
// The transform goes axis by axis: along x the nearest voxel of the row, then along y and z the lower
// envelope of the parabolas that the results of the axis before stand for (Felzenszwalb and Huttenlocher
// 2012; the test for parabolas that never are lowest is that of Maurer, Qi and Raghavan 2003). Every
// voxel is looked at a fixed number of times, whatever the mask. Between the axes the offsets to the
// nearest voxel are kept as whole numbers, so that nothing is rounded before the last square root.
type Distances struct {
	// Mask holds the voxels to which distances are measured: those with a bit of Bits.
	Mask Marks
	Bits uint8
	// Spacing is the distance of neighbouring voxels per axis, slowest first.
	Spacing [3]float64
	// Workers is the number of threads; 0 means one. Results do not depend on it.
	Workers int
}

// DistanceTransform writes the distance from every voxel to the nearest voxel of the mask to dst: 0
// inside, infinity everywhere when the mask is empty. It panics when dst has another length than the
// mask.
func DistanceTransform(dst []float64, d Distances) {
	if len(dst) != len(d.Mask.Data) {
		panic("volume: distances of another length than the mask")
	}
	all := NewMarks(d.Mask.Shape)
	for i := range all.Data {
		all.Data[i] = 1
	}
	d.Visit(all, 1, func(_, i int, distance float64) { dst[i] = distance })
}

// Visit calls visit with the distance of every voxel of at that has one of bits. Calls with the same y
// come from one goroutine and in one order, whatever the number of workers; calls with different y may
// come at the same time. Index i is that of the voxel in C order. With an empty mask every distance is
// infinite. It panics when an axis has more than 32767 voxels, the limit of NIfTI.
func (d Distances) Visit(at Marks, bits uint8, visit func(y, i int, distance float64)) {
	if at.Shape != d.Mask.Shape {
		panic("volume: distances of grids with different shapes")
	}
	for _, n := range at.Shape {
		if n > math.MaxInt16 {
			panic("volume: distances along an axis of more than 32767 voxels")
		}
	}
	if len(at.Data) == 0 {
		return
	}
	workers := max(1, d.Workers)
	p := &planes{Distances: d, offsets: make([]offset, len(at.Data)), filled: make([]bool, at.Shape[0]), wanted: wantedColumns(at, bits)}
	scratch := make([]distanceScratch, workers)
	parallel.For(workers, at.Shape[0], func(w, z int) { p.fill(z, &scratch[w]) })
	v := visitor{planes: p, at: at, bits: bits, visit: visit}
	lines := make([]envelope, workers)
	parallel.For(workers, at.Shape[1], func(w, y int) { v.line(y, &lines[w]) })
}

// wantedColumns tells for every x whether a voxel of the plane x = const is asked for.
func wantedColumns(at Marks, bits uint8) []bool {
	seen := make([]uint8, at.Shape[2])
	for start := 0; start < len(at.Data); start += len(seen) {
		for x, v := range at.Data[start : start+len(seen)] {
			seen[x] |= v
		}
	}
	wanted := make([]bool, len(seen))
	for x, v := range seen {
		wanted[x] = v&bits != 0
	}
	return wanted
}

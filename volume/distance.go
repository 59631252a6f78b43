package volume

import (
	"encoding/binary"
	"math"
	mathbits "math/bits"
	"slices"

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
// mask, or an axis has more than 32767 voxels, the limit of NIfTI.
func DistanceTransform(dst []float64, d Distances) {
	if len(dst) != len(d.Mask.Data) {
		panic("volume: distances of another length than the mask")
	}
	r := d.rows()
	r.transform(target{
		wanted:  func(_, _ int) bool { return true },
		columns: slices.Repeat([]bool{true}, d.Mask.Shape[1]*d.Mask.Shape[2]),
		visit:   func(_, i int, distance float64) { dst[i] = distance },
	})
}

// Parts is the number of parts in which Visit does its work.
func (d Distances) Parts() int { return d.Mask.Shape[1] + blocks(d.Mask.Shape) }

// Visit calls visit with the distance of every voxel of at that has one of bits. Calls with the same part,
// below Parts, come one after another and in one order, whatever the number of workers; calls with
// different parts may come at the same time. Index i is that of the voxel in C order. With an empty mask
// every distance is infinite. It panics as DistanceTransform does.
//
// Where the mask is near, as the surfaces of two similar segmentations are, it is searched for around
// the voxel, which is much faster than the transform. The search has a budget of steps, beyond which
// the transform does the rest, so that the time stays linear.
func (d Distances) Visit(at Marks, bits uint8, visit func(part, i int, distance float64)) {
	if at.Shape != d.Mask.Shape {
		panic("volume: distances of grids with different shapes")
	}
	r := d.rows()
	search := search{rows: r, at: at, bits: bits, visit: visit, squares: r.squares()}
	done := search.lines()
	rest := false
	for _, i := range done {
		rest = rest || i < len(at.Data)
	}
	if rest {
		r.transform(target{
			wanted:  func(y, i int) bool { return i >= done[y] && at.Data[i]&bits != 0 },
			columns: search.columns(done),
			visit:   func(block, i int, distance float64) { visit(at.Shape[1]+block, i, distance) },
		})
	}
}

// rows is the result of the first axis: how many voxels along x lie between a voxel and the nearest
// voxel of the mask in its row.
type rows struct {
	Distances
	steps  []uint16 // C order
	filled []bool   // per slice: whether it holds anything of the mask
}

// alone is the number of steps where the row holds nothing of the mask.
const alone = math.MaxUint16

func (d Distances) rows() *rows {
	for _, n := range d.Mask.Shape {
		if n > math.MaxInt16 {
			panic("volume: distances along an axis of more than 32767 voxels")
		}
	}
	d.Workers = max(1, d.Workers)
	r := &rows{Distances: d, steps: make([]uint16, len(d.Mask.Data)), filled: make([]bool, d.Mask.Shape[0])}
	width := d.Mask.Shape[2]
	parallel.For(d.Workers, d.Mask.Shape[0], func(_, z int) {
		for y := range d.Mask.Shape[1] {
			row := (z*d.Mask.Shape[1] + y) * width
			if nearestInRow(r.steps[row:row+width], d.Mask.row(z, y), d.Bits) {
				r.filled[z] = true
			}
		}
	})
	return r
}

// nearestInRow writes the steps to the nearest voxel with one of bits and reports whether there is one.
func nearestInRow(dst []uint16, row []uint8, bits uint8) bool {
	dst = dst[:len(row)]
	last := nextInRow(row, 0, bits)
	if last == len(row) {
		for x := range dst {
			dst[x] = alone
		}
		return false
	}
	for x := range dst[:last] {
		dst[x] = uint16(last - x)
	}
	for {
		x := nextInRow(row, last+1, bits)
		if x == len(row) {
			break
		}
		gap := dst[last:x]
		for i := range gap {
			gap[i] = uint16(min(i, len(gap)-i))
		}
		last = x
	}
	for i := range dst[last:] {
		dst[last+i] = uint16(i)
	}
	return true
}

// nextInRow returns the first position from x on that has one of bits, or the length of the row.
func nextInRow(row []uint8, x int, bits uint8) int {
	pattern := uint64(bits) * 0x0101010101010101 // bits in each of eight voxels
	for ; x+8 <= len(row); x += 8 {
		if found := binary.LittleEndian.Uint64(row[x:]) & pattern; found != 0 {
			return x + mathbits.TrailingZeros64(found)/8
		}
	}
	for ; x < len(row); x++ {
		if row[x]&bits != 0 {
			return x
		}
	}
	return x
}

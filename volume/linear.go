package volume

import (
	"math"

	"github.com/autoseg/autoseg/internal/float16"
	"github.com/autoseg/autoseg/internal/parallel"
)

// linearTap is one sample of an axis: two neighbouring voxels and their weights.
type linearTap struct {
	low, high             int
	weightLow, weightHigh float64
}

// linearTaps returns the taps of an axis of n voxels brought to m. As in scipy the upper weight is the
// rest to 1 of the lower one, and a sample beyond the border has two taps on the outermost voxel,
// not one: the sum of two products differs in the last bit.
func linearTaps(n, m int) []linearTap {
	taps := make([]linearTap, m)
	for k := range taps {
		x := sample(k, n, m)
		floor := math.Floor(x)
		low := 1 - (x - floor)
		taps[k] = linearTap{
			low: max(int(floor), 0), high: min(int(floor)+1, n-1),
			weightLow: low, weightHigh: 1 - low,
		}
	}
	return taps
}

// resampleLinear interpolates between the eight voxels around a sample. The products and their sum
// are formed in scipy's order, ((v*wz)*wy)*wx, last axis fastest, so that results equal scipy's bit by
// bit: rounding to half precision turns the last bit of a float64 into a different label where two
// classes are equally likely.
func resampleLinear[S real](dst Grid[float32], src Grid[S], r Resampling) {
	z, y, x := linearTaps(src.Shape[0], dst.Shape[0]), linearTaps(src.Shape[1], dst.Shape[1]), linearTaps(src.Shape[2], dst.Shape[2])
	scratch := make([]linearRows, max(1, r.Workers))
	parallel.For(r.Workers, dst.Shape[0], func(worker, k int) {
		linearSlice(dst.slice(k), src, z[k], y, x, &scratch[worker], r.Precision)
	})
}

// linearSlice computes one slice of the result from two slices of src.
func linearSlice[S real](dst Grid[float32], src Grid[S], z linearTap, y, x []linearTap, rows *linearRows, p Precision) {
	rows.resize(src.Shape[2])
	for j := range y {
		weigh(rows.rows[:2], src, z.low, z.weightLow, y[j])
		weigh(rows.rows[2:], src, z.high, z.weightHigh, y[j])
		interpolateFour(dst.Data[dst.Index(0, j, 0):], dst.Stride[2], x, &rows.rows, p)
	}
}

// resampleLinearSlice is resampleLinear of a single slice in its plane: four voxels around a sample.
func resampleLinearSlice[D real](dst Grid[D], src Grid[float32], y, x []linearTap, rows *linearRows, p Precision) {
	rows.resize(src.Shape[2])
	for j := range y {
		weigh(rows.rows[:2], src, 0, 1, y[j])
		interpolateTwo(dst.Data[dst.Index(0, j, 0):], dst.Stride[2], x, &rows.rows, p)
	}
}

// linearRows holds up to four source rows, weighted for one row of the result.
type linearRows struct{ rows [4][]float64 }

func (l *linearRows) resize(n int) {
	for i := range l.rows {
		if len(l.rows[i]) != n {
			l.rows[i] = make([]float64, n)
		}
	}
}

// weigh fills two rows with those around a sample of y in slice z.
func weigh[S real](rows [][]float64, src Grid[S], z int, weight float64, y linearTap) {
	weighRow(rows[0], src.Data[src.Index(z, y.low, 0):], src.Stride[2], weight, y.weightLow)
	weighRow(rows[1], src.Data[src.Index(z, y.high, 0):], src.Stride[2], weight, y.weightHigh)
}

func weighRow[S real](row []float64, from []S, step int, wz, wy float64) {
	if step == 1 {
		for x, v := range from[:len(row)] {
			row[x] = float64(v) * wz * wy
		}
		return
	}
	for x := range row {
		row[x] = float64(from[x*step]) * wz * wy
	}
}

// interpolateTwo sums two weighted rows along x. The conversions forbid fused multiply-add.
func interpolateTwo[D real](dst []D, step int, taps []linearTap, rows *[4][]float64, p Precision) {
	a, b := rows[0], rows[1]
	for k := range taps {
		t := &taps[k]
		v := float64(a[t.low]*t.weightLow) + float64(a[t.high]*t.weightHigh)
		v = v + float64(b[t.low]*t.weightLow) + float64(b[t.high]*t.weightHigh)
		if p == Half {
			v = float16.Round(v)
		}
		dst[k*step] = D(v)
	}
}

// interpolateFour sums four weighted rows along x.
func interpolateFour(dst []float32, step int, taps []linearTap, rows *[4][]float64, p Precision) {
	a, b, c, d := rows[0], rows[1], rows[2], rows[3]
	for k := range taps {
		t := &taps[k]
		low, high := t.weightLow, t.weightHigh
		v := float64(a[t.low]*low) + float64(a[t.high]*high)
		v = v + float64(b[t.low]*low) + float64(b[t.high]*high)
		v = v + float64(c[t.low]*low) + float64(c[t.high]*high)
		v = v + float64(d[t.low]*low) + float64(d[t.high]*high)
		if p == Half {
			v = float16.Round(v)
		}
		dst[k*step] = float32(v)
	}
}

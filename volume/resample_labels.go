package volume

import "github.com/autoseg/autoseg/internal/parallel"

// Label is the type of a label map's voxels.
type Label interface {
	~int8 | ~int16 | ~uint8 | ~uint16
}

// ResampleLabels fills dst with the label map src brought to dst's shape. With order 1 the 0/1 mask of
// every label is interpolated and the highest label that reaches one half wins; where none does the
// result is 0 (batchgenerators' resize_segmentation, as nnU-Net calls it). The result equals nnU-Net's
// in every voxel. Order 3 is not defined for labels; Precision has no meaning. It panics when r is
// not valid or a grid is empty; dst and src must not overlap.
func ResampleLabels[T Label](dst, src Grid[T], r Resampling) {
	mustValidate(r)
	if r.Order == Cubic || r.AcrossOrder == Cubic {
		panic("volume: labels are resampled with order 0 or 1")
	}
	switch {
	case dst.Shape == src.Shape:
		CopyGrid(dst, src)
	case r.Across != NoAxis:
		order := slicesFirst(r.Across)
		labelsAcross(dst.Permute(order), src.Permute(order), r)
	case r.Order.isNearest():
		resampleNearest(dst, src, r)
	default:
		labelsTogether(dst, src, r.Workers)
	}
}

func labelsTogether[T Label](dst, src Grid[T], workers int) {
	z, y, x := linearTaps(src.Shape[0], dst.Shape[0]), linearTaps(src.Shape[1], dst.Shape[1]), linearTaps(src.Shape[2], dst.Shape[2])
	scratch := make([]labelRows[T], max(1, workers))
	parallel.For(workers, dst.Shape[0], func(worker, k int) {
		for j := range dst.Shape[1] {
			scratch[worker].interpolate(dst, src, [2]int{k, j}, [2]linearTap{z[k], y[j]}, x)
		}
	})
}

func labelsAcross[T Label](dst, src Grid[T], r Resampling) {
	if r.AcrossOrder.isNearest() || dst.Shape[0] == src.Shape[0] {
		labelSlicesNearest(dst, src, r)
		return
	}
	shape := [3]int{src.Shape[0], dst.Shape[1], dst.Shape[2]}
	planes := NewGrid(shape, make([]T, shape[0]*shape[1]*shape[2]))
	labelSlicesNearest(planes, src, r)
	labelColumns(dst, planes, r.Workers)
}

func labelSlicesNearest[T Label](dst, src Grid[T], r Resampling) {
	groups := runs(r.AcrossOrder.voxels(src.Shape[0], dst.Shape[0]))
	parallel.For(r.Workers, len(groups), func(_, i int) {
		g := groups[i]
		to, from := dst.slice(g.first), src.slice(g.source)
		switch {
		case to.Shape == from.Shape:
			CopyGrid(to, from)
		case r.Order.isNearest():
			resampleNearest(to, from, Resampling{Order: r.Order})
		default:
			labelsTogether(to, from, 1)
		}
		for k := g.first + 1; k < g.end; k++ {
			CopyGrid(dst.slice(k), to)
		}
	})
}

// labelColumns interpolates between slices. Unlike in the plane a label must exceed one half, and
// where two different labels meet half-way the result is 0.
func labelColumns[T Label](dst, src Grid[T], workers int) {
	taps := linearTaps(src.Shape[0], dst.Shape[0])
	parallel.For(workers, dst.Shape[0], func(_, k int) {
		t := taps[k]
		low, high := src.slice(t.low), src.slice(t.high)
		for y := range dst.Shape[1] {
			for x := range dst.Shape[2] {
				a, b := low.At(0, y, x), high.At(0, y, x)
				var v T
				switch {
				case a == b || t.weightLow > 0.5:
					v = a
				case t.weightHigh > 0.5:
					v = b
				}
				dst.Data[dst.Index(k, y, x)] = v
			}
		}
	})
}

// labelRows is the memory of one worker: for every column of the four source rows around a row of the
// result, whether they hold the same label.
type labelRows[T Label] struct{ same []bool }

// interpolate computes row (at[0], at[1]) of dst from the taps of z and y and all taps of x.
func (l *labelRows[T]) interpolate(dst, src Grid[T], at [2]int, zy [2]linearTap, x []linearTap) {
	rows := [4][]T{
		src.Data[src.Index(zy[0].low, zy[1].low, 0):], src.Data[src.Index(zy[0].low, zy[1].high, 0):],
		src.Data[src.Index(zy[0].high, zy[1].low, 0):], src.Data[src.Index(zy[0].high, zy[1].high, 0):],
	}
	step := src.Stride[2]
	l.compare(rows, step, src.Shape[2])
	to := dst.Data[dst.Index(at[0], at[1], 0):]
	for k := range x {
		t := &x[k]
		first := rows[0][t.low*step]
		if l.same[t.low] && l.same[t.high] && first == rows[0][t.high*step] {
			to[k*dst.Stride[2]] = first
			continue
		}
		to[k*dst.Stride[2]] = vote(rows, step, zy, t)
	}
}

func (l *labelRows[T]) compare(rows [4][]T, step, n int) {
	if len(l.same) < n {
		l.same = make([]bool, n)
	}
	for x := range n {
		v := rows[0][x*step]
		l.same[x] = v == rows[1][x*step] && v == rows[2][x*step] && v == rows[3][x*step]
	}
}

// vote returns the highest label whose interpolated mask reaches one half, or 0. Weights are
// multiplied and added in scipy's order, because at ties the last bit decides. In a single slice both
// taps of z are the same voxel with weights 1 and 0, which changes no bit.
func vote[T Label](rows [4][]T, step int, zy [2]linearTap, x *linearTap) T {
	var label [8]T
	var weight [8]float64
	wz, wy := [2]float64{zy[0].weightLow, zy[0].weightHigh}, [2]float64{zy[1].weightLow, zy[1].weightHigh}
	for i := range 4 {
		w := wz[i>>1] * wy[i&1]
		label[2*i], weight[2*i] = rows[i][x.low*step], w*x.weightLow
		label[2*i+1], weight[2*i+1] = rows[i][x.high*step], w*x.weightHigh
	}
	var winner T
	won := false
	for i, candidate := range label {
		if won && candidate <= winner {
			continue
		}
		sum := 0.0
		for j := i; j < 8; j++ {
			if label[j] == candidate {
				sum += weight[j]
			}
		}
		if sum >= 0.5 {
			winner, won = candidate, true
		}
	}
	return winner
}

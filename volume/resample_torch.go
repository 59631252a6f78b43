package volume

import (
	"github.com/autoseg/autoseg/internal/float16"
	"github.com/autoseg/autoseg/internal/parallel"
)

// torchScale and torchSure are the constants of nnU-Net's resample_torch_simple: fractions are kept
// as half precision numbers of this scale, and a label with more than 70 % is taken at once.
const (
	torchScale = 1000
	torchSure  = 700
)

// ResampleLabelsTorch is ResampleLabels by the rule of nnU-Net's resample_torch_fornnunet: the label
// with the largest interpolated mask wins, of equals the lowest. Across slices r.AcrossOrder should be
// NearestExact.
func ResampleLabelsTorch[T Label](dst, src Grid[T], r Resampling) {
	mustValidate(r)
	switch {
	case dst.Shape == src.Shape:
		CopyGrid(dst, src)
	case r.Across != NoAxis:
		order := slicesFirst(r.Across)
		torchAcross(dst.Permute(order), src.Permute(order), r)
	default:
		torchTogether(dst, src, r.Workers)
	}
}

func torchAcross[T Label](dst, src Grid[T], r Resampling) {
	groups := runs(r.AcrossOrder.voxels(src.Shape[0], dst.Shape[0]))
	parallel.For(r.Workers, len(groups), func(_, i int) {
		g := groups[i]
		to := dst.slice(g.first)
		torchTogether(to, src.slice(g.source), 1)
		for k := g.first + 1; k < g.end; k++ {
			CopyGrid(dst.slice(k), to)
		}
	})
}

func torchTogether[T Label](dst, src Grid[T], workers int) {
	z, y, x := linearTaps(src.Shape[0], dst.Shape[0]), linearTaps(src.Shape[1], dst.Shape[1]), linearTaps(src.Shape[2], dst.Shape[2])
	parallel.For(workers, dst.Shape[0], func(_, k int) {
		for j := range dst.Shape[1] {
			to := dst.Data[dst.Index(k, j, 0):]
			for i := range x {
				label, weight := corners(src, &z[k], &y[j], &x[i])
				to[i*dst.Stride[2]] = largestFraction(label, weight)
			}
		}
	})
}

// corners returns the labels around a sample and their weights, last axis fastest.
func corners[T Label](src Grid[T], z, y, x *linearTap) (label [8]T, weight [8]float64) {
	i := 0
	for _, a := range [2]struct {
		at int
		w  float64
	}{{z.low, z.weightLow}, {z.high, z.weightHigh}} {
		for _, b := range [2]struct {
			at int
			w  float64
		}{{y.low, y.weightLow}, {y.high, y.weightHigh}} {
			label[i], weight[i] = src.At(a.at, b.at, x.low), a.w*b.w*x.weightLow
			label[i+1], weight[i+1] = src.At(a.at, b.at, x.high), a.w*b.w*x.weightHigh
			i += 2
		}
	}
	return label, weight
}

func largestFraction[T Label](label [8]T, weight [8]float64) T {
	best, winner := -1.0, label[0]
	for i, candidate := range label {
		sum := 0.0
		for j, other := range label {
			if other == candidate {
				sum += weight[j]
			}
		}
		fraction := float16.Round(torchScale * sum)
		if fraction > torchSure {
			return label[i]
		}
		if fraction > best || fraction == best && candidate < winner {
			best, winner = fraction, candidate
		}
	}
	return winner
}

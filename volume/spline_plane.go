package volume

import (
	"github.com/autoseg/autoseg/internal/float16"
)

// planePass resamples single slices along y, then x.
type planePass struct {
	y, x         linePass
	sameY, sameX bool
}

// planeScratch is the memory of one worker: a bundle, and a slice that is resampled along y only.
type planeScratch struct {
	bundle bundle
	half   []float64
}

func newPlanePass(dst, src [3]int, clip interval, p Precision) planePass {
	return planePass{
		y:     linePass{taps: cubicTaps(src[1], dst[1]), clip: clip, precision: p},
		x:     linePass{taps: cubicTaps(src[2], dst[2]), clip: clip, precision: p},
		sameY: dst[1] == src[1], sameX: dst[2] == src[2],
	}
}

// block returns the pass that computes rows [first, end) only, and the part of src that it needs.
func (p planePass) block(src Grid[float32], first, end int) (planePass, Grid[float32]) {
	begin, stop := first, end
	if !p.sameY {
		taps := p.y.taps[first:end]
		begin = max(0, taps[0].row-1-halo)
		stop = min(src.Shape[1], taps[len(taps)-1].row+2+halo)
		p.y.taps = make([]cubicTap, len(taps))
		for i, t := range taps {
			p.y.taps[i] = cubicTap{row: t.row - begin, weight: t.weight}
		}
	}
	return p, src.Crop(Box{Start: [3]int{0, begin, 0}, End: [3]int{src.Shape[0], stop, src.Shape[2]}})
}

// resamplePlane resamples the slice src into dst. An axis of unchanged size is passed over, since the
// spline goes through its voxels.
func resamplePlane[D real](dst Grid[D], src Grid[float32], p *planePass, s *planeScratch) {
	switch {
	case p.sameY && p.sameX:
		copyPlane(dst, src, p.x.precision)
	case p.sameY:
		resampleRows(dst, src, &p.x, &s.bundle)
	case p.sameX:
		resampleColumns(dst, src, &p.y, &s.bundle)
	default:
		n := dst.Shape[1] * src.Shape[2]
		if len(s.half) < n {
			s.half = make([]float64, n)
		}
		between := NewGrid([3]int{1, dst.Shape[1], src.Shape[2]}, s.half[:n])
		resampleColumns(between, src, &linePass{taps: p.y.taps, clip: unlimited}, &s.bundle)
		resampleRows(dst, between, &p.x, &s.bundle)
	}
}

// copyPlane is the pass of a slice whose size does not change.
func copyPlane[D real](dst Grid[D], src Grid[float32], p Precision) {
	for y := range src.Shape[1] {
		to, from := dst.Data[y*dst.Stride[1]:], src.Data[y*src.Stride[1]:]
		for x := range src.Shape[2] {
			v := float64(from[x*src.Stride[2]])
			if p == Half {
				v = float16.Round(v)
			}
			to[x*dst.Stride[2]] = D(v)
		}
	}
}

func resampleColumns[D, S real](dst Grid[D], src Grid[S], pass *linePass, b *bundle) {
	for x := 0; x < src.Shape[2]; x += lanes {
		from := lines[S]{data: src.Data[x*src.Stride[2]:], along: src.Stride[1], beside: src.Stride[2]}
		to := lines[D]{data: dst.Data[x*dst.Stride[2]:], along: dst.Stride[1], beside: dst.Stride[2]}
		resampleLines(to, from, src.Shape[1], min(lanes, src.Shape[2]-x), pass, b)
	}
}

func resampleRows[D, S real](dst Grid[D], src Grid[S], pass *linePass, b *bundle) {
	for y := 0; y < src.Shape[1]; y += lanes {
		from := lines[S]{data: src.Data[y*src.Stride[1]:], along: src.Stride[2], beside: src.Stride[1]}
		to := lines[D]{data: dst.Data[y*dst.Stride[1]:], along: dst.Stride[2], beside: dst.Stride[1]}
		resampleLines(to, from, src.Shape[2], min(lanes, src.Shape[1]-y), pass, b)
	}
}

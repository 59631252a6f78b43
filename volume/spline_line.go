package volume

import (
	"github.com/autoseg/autoseg/internal/float16"
)

// real is the type of voxels between and at the ends of the passes.
type real interface{ float32 | float64 }

// lines are up to sixteen parallel lines of voxels: along is the stride within a line, beside that
// from one line to the next.
type lines[T real] struct {
	data          []T
	along, beside int
}

// linePass says what becomes of lines.
type linePass struct {
	taps      []cubicTap
	clip      interval
	precision Precision
}

// resampleLines resamples count lines of n voxels. src is read completely before dst is written.
func resampleLines[D, S real](dst lines[D], src lines[S], n, count int, pass *linePass, b *bundle) {
	b.resize(n)
	load(b, src, n, count)
	b.prefilter()
	var out [lanes]float64
	for k := range pass.taps {
		b.evaluate(&pass.taps[k], pass.clip, &out)
		if pass.precision == Half {
			for j := range out {
				out[j] = float16.Round(out[j])
			}
		}
		store(dst.data[k*dst.along:], dst.beside, count, &out)
	}
}

// load widens the voxels of count lines; missing lines are zero.
func load[S real](b *bundle, src lines[S], n, count int) {
	for i := range n {
		row, from := &b.rows[i+2], src.data[i*src.along:]
		switch {
		case src.beside == 1 && count == lanes:
			whole := (*[lanes]S)(from)
			for j := range lanes {
				row[j] = float64(whole[j])
			}
		default:
			if count < lanes {
				*row = [lanes]float64{}
			}
			for j := range count {
				row[j] = float64(from[j*src.beside])
			}
		}
	}
}

// store narrows one sample of count lines.
func store[D real](to []D, beside, count int, out *[lanes]float64) {
	if beside == 1 && count == lanes {
		whole := (*[lanes]D)(to)
		for j := range lanes {
			whole[j] = D(out[j])
		}
		return
	}
	for j := range count {
		to[j*beside] = D(out[j])
	}
}

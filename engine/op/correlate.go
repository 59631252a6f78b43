package op

import "github.com/autoseg/autoseg/engine"

// correlate writes the narrow side: y[n,f,o] = bias[f] + sum over c, k of x[n,c,o*stride+k-pad]*w[f,c,k].
// It works a row at a time so that the inner loop is a multiple of a row added to another. bias may be nil.
func correlate[T engine.Float](g *window, y, x, w, bias []T) {
	sum := make([]float64, g.out[2])
	for n := range g.samples {
		for f := range g.narrow {
			start := 0.0
			if bias != nil {
				start = float64(bias[f])
			}
			for oz := range g.out[0] {
				for oy := range g.out[1] {
					for i := range sum {
						sum[i] = start
					}
					for c := range g.wide {
						correlateRow(g, sum, x, w, [5]int{n, f, c, oz, oy})
					}
					store(narrowRow(g, y, n, f, oz, oy), sum)
				}
			}
		}
	}
}

// correlateRow adds one input channel's share of an output row; at is (n, f, c, oz, oy).
func correlateRow[T engine.Float](g *window, sum []float64, x, w []T, at [5]int) {
	n, f, c, oz, oy := at[0], at[1], at[2], at[3], at[4]
	for kz := range g.kernel[0] {
		iz, ok := g.input(0, oz, kz)
		if !ok {
			continue
		}
		for ky := range g.kernel[1] {
			iy, ok := g.input(1, oy, ky)
			if !ok {
				continue
			}
			row := wideRow(g, x, n, c, iz, iy)
			for kx, v := range weightRow(g, w, f, c, kz, ky) {
				from, to := g.span(kx)
				gatherRow(sum[from:to], row, float64(v), from*g.stride[2]+kx-g.pad[2], g.stride[2])
			}
		}
	}
}

// gatherRow adds v*row[first + i*stride] to every sum[i].
func gatherRow[T engine.Float](sum []float64, row []T, v float64, first, stride int) {
	if len(sum) == 0 {
		return
	}
	if stride == 1 {
		for i, a := range row[first : first+len(sum)] {
			sum[i] += v * float64(a)
		}
		return
	}
	for i := range sum {
		sum[i] += v * float64(row[first+i*stride])
	}
}

// spread is the adjoint of correlate with respect to its input and writes the wide side:
// x[n,c,i] = bias[c] + sum over f and those k, o with i = o*stride+k-pad of y[n,f,o]*w[f,c,k].
// bias may be nil.
func spread[T engine.Float](g *window, x, y, w, bias []T) {
	sum := make([]float64, g.in[2])
	for n := range g.samples {
		for c := range g.wide {
			start := 0.0
			if bias != nil {
				start = float64(bias[c])
			}
			for iz := range g.in[0] {
				for iy := range g.in[1] {
					for i := range sum {
						sum[i] = start
					}
					for f := range g.narrow {
						spreadRow(g, sum, y, w, [5]int{n, f, c, iz, iy})
					}
					store(wideRow(g, x, n, c, iz, iy), sum)
				}
			}
		}
	}
}

// spreadRow adds one output channel's share of an input row; at is (n, f, c, iz, iy).
func spreadRow[T engine.Float](g *window, sum []float64, y, w []T, at [5]int) {
	n, f, c, iz, iy := at[0], at[1], at[2], at[3], at[4]
	for kz := range g.kernel[0] {
		oz, ok := g.output(0, iz, kz)
		if !ok {
			continue
		}
		for ky := range g.kernel[1] {
			oy, ok := g.output(1, iy, ky)
			if !ok {
				continue
			}
			row := narrowRow(g, y, n, f, oz, oy)
			for kx, v := range weightRow(g, w, f, c, kz, ky) {
				from, to := g.span(kx)
				scatterRow(sum, row[from:to], float64(v), from*g.stride[2]+kx-g.pad[2], g.stride[2])
			}
		}
	}
}

// scatterRow adds v*row[i] to every sum[first + i*stride].
func scatterRow[T engine.Float](sum []float64, row []T, v float64, first, stride int) {
	if len(row) == 0 {
		return
	}
	if stride == 1 {
		sum = sum[first : first+len(row)]
		for i, a := range row {
			sum[i] += v * float64(a)
		}
		return
	}
	for i, a := range row {
		sum[first+i*stride] += v * float64(a)
	}
}

// weigh is the gradient of correlate with respect to its weights:
// w[f,c,k] = sum over n, o of x[n,c,o*stride+k-pad]*y[n,f,o].
func weigh[T engine.Float](g *window, w, x, y []T) {
	for f := range g.narrow {
		for c := range g.wide {
			for kz := range g.kernel[0] {
				for ky := range g.kernel[1] {
					for kx := range g.kernel[2] {
						weightRow(g, w, f, c, kz, ky)[kx] = T(weighOne(g, x, y, [5]int{f, c, kz, ky, kx}))
					}
				}
			}
		}
	}
}

// weighOne returns the gradient of one weight; at is (f, c, kz, ky, kx).
func weighOne[T engine.Float](g *window, x, y []T, at [5]int) float64 {
	f, c, kz, ky, kx := at[0], at[1], at[2], at[3], at[4]
	from, to := g.span(kx)
	if from >= to {
		return 0
	}
	first, stride := from*g.stride[2]+kx-g.pad[2], g.stride[2]
	sum := 0.0
	for n := range g.samples {
		for oz := range g.out[0] {
			iz, ok := g.input(0, oz, kz)
			if !ok {
				continue
			}
			for oy := range g.out[1] {
				if iy, ok := g.input(1, oy, ky); ok {
					sum += dotRow(narrowRow(g, y, n, f, oz, oy)[from:to], wideRow(g, x, n, c, iz, iy)[first:], stride)
				}
			}
		}
	}
	return sum
}

// dotRow returns the sum of y[i]*x[i*stride].
func dotRow[T engine.Float](y, x []T, stride int) float64 {
	sum := 0.0
	for i, v := range y {
		sum += float64(v) * float64(x[i*stride])
	}
	return sum
}

func store[T engine.Float](dst []T, sum []float64) {
	for i, v := range sum {
		dst[i] = T(v)
	}
}

package kernel

import "unsafe"

// The portable kernels compute what the assembly computes, in plain Go on the same arguments.

func portableKernels() *microkernels {
	const rows = 14
	m := &microkernels{rows: rows, wide: 1, gradInputs: lanes, transpose: portableTranspose}
	for step := range 2 {
		m.tiles[step][0] = repeat(portableTile, rows)
	}
	m.planar[0] = repeat(portablePlanarTile, rows)
	m.grad = [2]func(*gradArgs){portableGrad, portableGrad}
	m.planarGrad = [2]func(*planarGradArgs){portablePlanarGrad, portablePlanarGrad}
	return m
}

func repeat(k tileKernel, n int) tileTable {
	t := make(tileTable, n)
	for i := range t {
		t[i] = k
	}
	return t
}

type vector = [lanes]float32

func vectorAt(p unsafe.Pointer, offset int) *vector { return (*vector)(unsafe.Add(p, offset)) }

func floatAt(p unsafe.Pointer, offset int) float32 { return *(*float32)(unsafe.Add(p, offset)) }

// portableTile computes a tile of a.pixels pixels and 16 channels.
func portableTile(a *tileArgs) {
	var acc [14]vector
	for j := range a.pixels {
		acc[j] = *vectorAt(a.bias, 0)
		if a.resume != 0 {
			acc[j] = *vectorAt(a.y, j*a.ypixel)
		}
	}
	if a.blocks > 0 {
		table := unsafe.Slice(a.table, a.taps)
		for b := range a.blocks {
			inputs := lanes
			if b == a.blocks-1 {
				inputs = a.last
			}
			for i := range table {
				portableTap(&acc, a, &table[i], b, inputs)
			}
		}
	}
	portableStore(&acc, a)
}

// portableTap adds the products of one tap and input block.
func portableTap(acc *[14]vector, a *tileArgs, t *tapEntry, block, inputs int) {
	from, to := 0, a.pixels
	switch t.kind {
	case exceptFirst:
		from++
	case exceptLast:
		to--
	}
	x := a.at + block*a.xblock + int(t.x)
	w := block*a.wblock + int(t.w)
	for j := from; j < to; j++ {
		px := vectorAt(a.x, x+j*a.xpixel)
		sum := acc[j]
		for i := range inputs {
			addScaled(&sum, px[i], vectorAt(a.w, w+i*wstep))
		}
		acc[j] = sum
	}
}

func addScaled(sum *vector, f float32, v *vector) {
	for k := range lanes {
		sum[k] += f * v[k]
	}
}

// portableStore writes a tile and adds its statistics.
func portableStore(acc *[14]vector, a *tileArgs) {
	for j := range a.pixels {
		*vectorAt(a.y, j*a.ypixel) = acc[j]
	}
	if a.stats == nil {
		return
	}
	sum, square := vectorAt(a.stats, 0), vectorAt(a.stats, pixel)
	for j := range a.pixels {
		for k, v := range acc[j] {
			sum[k] += v
			square[k] += v * v
		}
	}
}

// portablePlanarTile computes a tile of a planar input: every tap is one input value per pixel.
func portablePlanarTile(a *tileArgs) {
	var acc [14]vector
	for j := range a.pixels {
		acc[j] = *vectorAt(a.bias, 0)
	}
	for _, t := range unsafe.Slice(a.table, a.taps) {
		w := vectorAt(a.w, int(t.w))
		for j := range a.pixels {
			addScaled(&acc[j], floatAt(a.x, a.at+int(t.x)+4*j), w)
		}
	}
	portableStore(&acc, a)
}

// portableGrad adds the products of a.inputs input channels and a.outputs output channels of one tap.
func portableGrad(a *gradArgs) {
	for half := range a.outputs / lanes {
		for i := range a.inputs {
			dw := vectorAt(a.dw, i*wstep+half*lanes*4)
			for r := range a.planes * a.rows {
				z, y := r/a.rows, r%a.rows
				x, dy := a.xat+z*a.xplane+y*a.xrow+i*4, a.dyat+z*a.dyplane+y*a.dyrow+half*a.dyblock
				for p := range a.pixels {
					addScaled(dw, floatAt(a.x, x+p*a.xpixel), vectorAt(a.dy, dy+p*pixel))
				}
			}
		}
	}
}

// portablePlanarGrad adds the products of nine taps of a planar input.
func portablePlanarGrad(a *planarGradArgs) {
	for half := range a.outputs / lanes {
		for t, offset := range unsafe.Slice(a.table, planarTaps) {
			dw := vectorAt(a.dw, t*wstep+half*lanes*4)
			for y := range a.rows {
				x, dy := y*a.xrow+int(offset), y*a.dyrow+half*a.dyblock
				for p := range a.pixels {
					addScaled(dw, floatAt(a.x, x+p*4), vectorAt(a.dy, dy+p*pixel))
				}
			}
		}
	}
}

func portableTranspose(a *transposeArgs) {
	for t := range a.n {
		for r := range lanes {
			for c, v := range vectorAt(a.src, t*wtapB+r*wstep) {
				vectorAt(a.dst, t*wtapB+c*wstep)[r] = v
			}
		}
	}
}

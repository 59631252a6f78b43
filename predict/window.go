package predict

import (
	"context"

	"github.com/autoseg/autoseg/internal/parallel"
)

// window slides a network over a preprocessed image.
type window struct {
	forward *forward
	size    [3]int // (z, y, x); z is 1 for a 2D network
	classes int
	gauss   []float32
	masks   []uint
	step    float64
	workers int

	mirroredInput, mirroredOutput []float32
}

// padded is an image with zeros around it so that one window fits, centred as nnU-Net does: floor(d/2)
// before, the rest behind.
type padded struct {
	shape, before [3]int
	inner         [3]int
	channels      int
	data          []float32
}

func pad(data []float32, channels int, shape, size [3]int) *padded {
	p := &padded{inner: shape, channels: channels, data: data, shape: shape}
	for i := range 3 {
		if d := size[i] - shape[i]; d > 0 {
			p.shape[i], p.before[i] = size[i], d/2
		}
	}
	return p
}

// read copies the window at start into dst, zeros where it leaves the image.
func (p *padded) read(dst []float32, start, size [3]int) {
	i := 0
	for c := range p.channels {
		for z := range size[0] {
			for y := range size[1] {
				p.readRow(dst[i:i+size[2]], c, start[0]+z-p.before[0], start[1]+y-p.before[1], start[2]-p.before[2])
				i += size[2]
			}
		}
	}
}

func (p *padded) readRow(row []float32, c, z, y, x int) {
	if z < 0 || z >= p.inner[0] || y < 0 || y >= p.inner[1] {
		clear(row)
		return
	}
	line := p.data[((c*p.inner[0]+z)*p.inner[1]+y)*p.inner[2]:][:p.inner[2]]
	from, to := max(0, -x), min(len(row), p.inner[2]-x)
	if from >= to {
		clear(row)
		return
	}
	clear(row[:from])
	copy(row[from:to], line[x+from:])
	clear(row[to:])
}

// tiles lists the window positions in the padded image, slowest axis first.
func (w *window) tiles(shape [3]int) [][3]int {
	z, y, x := Steps(shape[0], w.size[0], w.step), Steps(shape[1], w.size[1], w.step), Steps(shape[2], w.size[2], w.step)
	if w.forward.model.Architecture.Dimensions == 2 { // every slice is tiled by itself
		z = make([]int, shape[0])
		for i := range z {
			z[i] = i
		}
	}
	var tiles [][3]int
	for _, a := range z {
		for _, b := range y {
			for _, c := range x {
				tiles = append(tiles, [3]int{a, b, c})
			}
		}
	}
	return tiles
}

// add predicts every window of the image and adds the weighted logits to sum and the weights to
// weight, both of the padded shape. done is called after every window.
func (w *window) add(ctx context.Context, image *padded, sum, weight []float32, done func()) error {
	tile := make([]float32, w.classes*w.size[0]*w.size[1]*w.size[2])
	for _, start := range w.tiles(image.shape) {
		image.read(w.forward.input.F32, start, w.size)
		if err := w.predict(ctx, tile); err != nil {
			return err
		}
		w.accumulate(tile, start, image.shape, sum, weight)
		done()
	}
	return nil
}

// predict runs the network on the patch in the forward input, in all orientations, and writes the mean
// of the logits to out.
func (w *window) predict(ctx context.Context, out []float32) error {
	f := w.forward
	if len(w.masks) > 1 && w.mirroredInput == nil {
		w.mirroredInput = make([]float32, len(f.input.F32))
		w.mirroredOutput = make([]float32, len(out))
	}
	if len(w.masks) > 1 {
		copy(w.mirroredInput, f.input.F32)
	}
	for i, mask := range w.masks {
		if i > 0 {
			flip(f.input.F32, w.mirroredInput, w.size, mask)
		}
		if err := f.run(ctx); err != nil {
			return err
		}
		if i == 0 {
			copy(out, f.output.F32)
			continue
		}
		flip(w.mirroredOutput, f.output.F32, w.size, mask)
		for k, v := range w.mirroredOutput {
			out[k] += v
		}
	}
	share := 1 / float32(len(w.masks))
	for k := range out {
		out[k] *= share
	}
	return nil
}

// accumulate adds a tile at its place in half precision, as nnU-Net does. Classes and the weight are
// independent, so they may go to several workers without changing a bit.
func (w *window) accumulate(tile []float32, start, shape [3]int, sum, weight []float32) {
	n, m := w.size[0]*w.size[1]*w.size[2], shape[0]*shape[1]*shape[2]
	parallel.For(w.workers, w.classes+1, func(_, c int) {
		for z := range w.size[0] {
			for y := range w.size[1] {
				from := (z*w.size[1] + y) * w.size[2]
				to := ((start[0]+z)*shape[1]+start[1]+y)*shape[2] + start[2]
				gauss := w.gauss[from : from+w.size[2]]
				if c == w.classes {
					row := weight[to : to+w.size[2]]
					for x, g := range gauss {
						row[x] = half(row[x] + g)
					}
					continue
				}
				row, values := sum[c*m+to:c*m+to+w.size[2]], tile[c*n+from:c*n+from+w.size[2]]
				for x, g := range gauss {
					row[x] = half(row[x] + float32(g*values[x])) // the conversion forbids a fused multiply-add
				}
			}
		}
	})
}

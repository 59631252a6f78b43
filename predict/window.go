package predict

import (
	"context"

	"github.com/autoseg/autoseg/internal/parallel"
)

// window slides a network over a preprocessed image.
type window struct {
	tiles
	forward *forward
	classes int
	gauss   []float32 // the weight of every voxel of a tile
	masks   []uint
	workers int

	patch, mean []float32 // memory of predict, when there is mirroring
}

// add predicts windows of the image and adds their weighted logits to the sums of a fold. done is called
// after every window.
func (w *window) add(ctx context.Context, image *padded, starts [][3]int, logits *slab, fold int, done func()) error {
	for _, start := range starts {
		image.read(w.forward.input.F32, start, w.size)
		tile, err := w.predict(ctx)
		if err != nil {
			return err
		}
		logits.add(fold, tile, start, w.tile, w.gauss, w.workers)
		done()
	}
	return nil
}

// predict runs the network on the patch in the forward input, in all orientations, and returns the mean
// of the logits, which stays valid until the next call.
//
// The orientations go one by one: eight in one batch take as long (1.56 s and 1.54 s of processor time for
// the hippocampus patch 40x56x40, 4.46 s and 4.53 s for 64x64x64) and eight times the memory.
func (w *window) predict(ctx context.Context) ([]float32, error) {
	f := w.forward
	if len(w.masks) == 1 {
		return f.output.F32, f.run(ctx)
	}
	if w.mean == nil {
		w.patch, w.mean = make([]float32, len(f.input.F32)), make([]float32, len(f.output.F32))
	}
	copy(w.patch, f.input.F32)
	for i, mask := range w.masks {
		if i > 0 {
			flip(f.input.F32, w.patch, w.size, mask)
		}
		if err := f.run(ctx); err != nil {
			return nil, err
		}
		w.collect(f.output.F32, i, mask)
	}
	return w.mean, nil
}

// collect adds the logits of orientation i to the mean, class by class.
func (w *window) collect(logits []float32, i int, mask uint) {
	n, share := w.tile[0]*w.tile[1]*w.tile[2], 1/float32(len(w.masks))
	parallel.For(w.workers, w.classes, func(_, class int) {
		from, mean := logits[class*n:(class+1)*n], w.mean[class*n:(class+1)*n]
		if i == 0 {
			copy(mean, from)
			return
		}
		addFlipped(mean, from, w.tile, mask)
		if i == len(w.masks)-1 {
			for k := range mean {
				mean[k] *= share
			}
		}
	})
}

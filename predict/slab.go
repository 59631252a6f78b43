package predict

import (
	"errors"

	"github.com/autoseg/autoseg/internal/float16"
	"github.com/autoseg/autoseg/internal/parallel"
)

// slab holds the sums of logits of as many rows (slices along the slowest axis) as windows in work can
// reach: a ring, in which row z of the padded image lies at z modulo height. Windows come in the order
// of their rows, so a row that no later window reaches is finished once, and forgotten when its logits
// have been used. With several folds every fold has sums of its own, because each rounds for itself.
type slab struct {
	shape   [3]int // of the padded image
	height  int
	classes int
	sums    [][]uint16 // per fold: half precision, (class, ring row, y, x)
	weight  []float32  // (ring row, y, x), equal for all folds
	begun   int        // rows below have been cleared for use
	done    int        // rows below are finished
}

func newSlab(shape [3]int, height, classes, folds int) *slab {
	s := &slab{shape: shape, height: height, classes: classes}
	for range folds {
		s.sums = append(s.sums, make([]uint16, classes*height*s.plane()))
	}
	s.weight = make([]float32, height*s.plane())
	return s
}

func (s *slab) plane() int { return s.shape[1] * s.shape[2] }

// row returns the sums of a row.
func (s *slab) row(fold, class, z int) []uint16 {
	n := s.plane()
	return s.sums[fold][(class*s.height+z%s.height)*n:][:n]
}

func (s *slab) weights(z int) []float32 {
	n := s.plane()
	return s.weight[z%s.height*n:][:n]
}

// begin makes room for the rows below end.
func (s *slab) begin(end, workers int) {
	first := s.begun
	s.begun = max(first, end)
	first = max(first, s.height) // the ring is new
	parallel.For(workers, s.begun-first, func(_, i int) {
		z := first + i
		clear(s.weights(z))
		for fold := range s.sums {
			for class := range s.classes {
				clear(s.row(fold, class, z))
			}
		}
	})
}

// add adds a tile of weighted logits at its place in half precision, as nnU-Net does. Classes and the
// weight are independent, so they may go to several workers without changing a bit.
func (s *slab) add(fold int, tile []float32, start, size [3]int, gauss []float32, workers int) {
	n := size[0] * size[1] * size[2]
	parallel.For(workers, s.classes+1, func(_, class int) {
		for z := range size[0] {
			for y := range size[1] {
				from, to := (z*size[1]+y)*size[2], (start[1]+y)*s.shape[2]+start[2]
				g := gauss[from:][:size[2]]
				switch {
				case class < s.classes:
					addRow(s.row(fold, class, start[0]+z)[to:], tile[class*n+from:], g)
				case fold == 0:
					addWeights(s.weights(start[0] + z)[to:], g)
				}
			}
		}
	})
}

func addRow(sums []uint16, values, gauss []float32) {
	sums, values = sums[:len(gauss)], values[:len(gauss)]
	for x, g := range gauss {
		sums[x] = float16.Bits(float16.FromBits(sums[x]) + float32(g*values[x])) // the conversion forbids a fused multiply-add
	}
}

func addWeights(sums, gauss []float32) {
	sums = sums[:len(gauss)]
	for x, g := range gauss {
		sums[x] = float16.RoundFinite(sums[x] + g)
	}
}

// errOverflow is nnU-Net's "Encountered inf in predicted array".
var errOverflow = errors.New("the network's logits are infinite or too large for half precision; the weights are damaged or the image is far from what the network was trained on")

// finish turns the sums of the rows below end into logits: each fold's mean, then the mean of the folds
// (nnunet-model.md 5.2 and 5.3), which takes the place of the first fold's sums. between, if not nil, is
// called for a row when all folds have their means.
func (s *slab) finish(end, workers int, between func(worker, z int)) error {
	first := s.done
	s.done = max(first, end)
	overflow := make([]bool, max(1, workers))
	parallel.For(workers, s.done-first, func(worker, i int) {
		z := first + i
		for fold := range s.sums {
			for class := range s.classes {
				divide(s.row(fold, class, z), s.weights(z))
			}
		}
		if between != nil {
			between(worker, z)
		}
		for class := range s.classes {
			s.average(class, z)
			overflow[worker] = overflow[worker] || !finite(s.row(0, class, z))
		}
	})
	for _, o := range overflow {
		if o {
			return errOverflow
		}
	}
	return nil
}

func divide(sums []uint16, weights []float32) {
	for i, w := range weights[:len(sums)] {
		sums[i] = float16.Bits(float16.FromBits(sums[i]) / w)
	}
}

// average writes the mean of the folds over the first one.
func (s *slab) average(class, z int) {
	if len(s.sums) == 1 {
		return
	}
	total, n := s.row(0, class, z), float32(len(s.sums))
	for fold := 1; fold < len(s.sums); fold++ {
		for i, v := range s.row(fold, class, z) {
			total[i] = float16.Bits(float16.FromBits(total[i]) + float16.FromBits(v))
		}
	}
	for i, v := range total {
		total[i] = float16.Bits(float16.FromBits(v) / n)
	}
}

func finite(row []uint16) bool {
	for _, v := range row {
		if !float16.IsFinite(v) {
			return false
		}
	}
	return true
}

// finished gives logits of finished rows in the shape without padding.
type finished struct {
	*slab
	image *padded
}

// Slice writes slice z of the image without padding.
func (f finished) Slice(dst []float32, class, z int) { f.fold(dst, 0, class, z) }

func (f finished) fold(dst []float32, fold, class, z int) {
	row, width := f.row(fold, class, z+f.image.before[0]), f.image.inner[2]
	for y := range f.image.inner[1] {
		from := row[(y+f.image.before[1])*f.shape[2]+f.image.before[2]:][:width]
		for x, h := range from {
			dst[y*width+x] = float16.FromBits(h)
		}
	}
}

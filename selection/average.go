package selection

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/float16"
	"github.com/autoseg/autoseg/internal/npy"
)

// probabilitiesKey is the array of CASE.npz.
const probabilitiesKey = "probabilities"

// average adds up probabilities of several models, class by class, in float32 and in the order of the
// models, as nnU-Net does.
type average struct {
	heads [][]float32
	n     int
}

// addFile adds the probabilities in a .npz file. They must have the shape (class, z, y, x) that is
// wanted: nothing else is allocated for, whatever the file claims.
func (a *average) addFile(path string, shape [3]int) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer z.Close()
	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == probabilitiesKey+".npy" })
	if i < 0 {
		return fmt.Errorf("%s has no array %q; write it with predict --save-probabilities", path, probabilitiesKey)
	}
	in, err := z.File[i].Open()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer in.Close()
	if err := a.add(bufio.NewReaderSize(in, 1<<16), shape); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// add is addFile on the bytes of an array.
func (a *average) add(r io.Reader, shape [3]int) error {
	h, err := npy.ReadHeader(r)
	if err != nil {
		return err
	}
	if len(h.Shape) != 4 || [3]int(h.Shape[1:]) != shape {
		return fmt.Errorf("probabilities of shape %v do not fit an image of shape %v", h.Shape, shape)
	}
	if h.Shape[0] < 1 || h.Shape[0] > dataset.MaxLabel+1 {
		return fmt.Errorf("probabilities of %d classes", h.Shape[0])
	}
	if a.heads == nil {
		a.heads = make([][]float32, h.Shape[0])
	}
	if h.Shape[0] != len(a.heads) {
		return fmt.Errorf("probabilities of %d classes, other models have %d", h.Shape[0], len(a.heads))
	}
	decode, err := floats(h.Dtype)
	if err != nil {
		return err
	}
	raw := make([]byte, h.Width()*shape[2])
	for k := range a.heads {
		if a.n == 0 {
			a.heads[k] = make([]float32, 0, shape[0]*shape[1]*shape[2])
		}
		for row := range shape[0] * shape[1] {
			if _, err := io.ReadFull(r, raw); err != nil {
				return fmt.Errorf("class %d is cut off: %w", k, err)
			}
			a.row(k, row, shape[2], raw, decode)
		}
	}
	a.n++
	return nil
}

// row adds one row of a class.
func (a *average) row(class, row, width int, raw []byte, decode func([]byte) float32) {
	size := len(raw) / width
	if a.n == 0 {
		for x := range width {
			a.heads[class] = append(a.heads[class], decode(raw[x*size:]))
		}
		return
	}
	dst := a.heads[class][row*width : (row+1)*width]
	for x := range dst {
		dst[x] += decode(raw[x*size:])
	}
}

func floats(dtype string) (func([]byte) float32, error) {
	le := binary.LittleEndian
	switch dtype {
	case "<f4":
		return func(b []byte) float32 { return math.Float32frombits(le.Uint32(b)) }, nil
	case "<f2":
		return func(b []byte) float32 { return float16.FromBits(le.Uint16(b)) }, nil
	case "<f8":
		return func(b []byte) float32 { return float32(math.Float64frombits(le.Uint64(b))) }, nil
	}
	return nil, fmt.Errorf("probabilities of type %q, want float32", dtype)
}

// addImage adds probabilities that are in memory, class first.
func (a *average) addImage(data []float32, classes int) error {
	n := len(data) / classes
	if a.heads == nil {
		for k := range classes {
			a.heads = append(a.heads, slices.Clone(data[k*n:(k+1)*n]))
		}
		a.n = 1
		return nil
	}
	if classes != len(a.heads) || n != len(a.heads[0]) {
		return fmt.Errorf("probabilities of %d classes and %d voxels, other models have %d and %d", classes, n, len(a.heads), len(a.heads[0]))
	}
	for k, head := range a.heads {
		for i, v := range data[k*n : (k+1)*n] {
			head[i] += v
		}
	}
	a.n++
	return nil
}

// mean divides by the number of models and returns one array per class.
func (a *average) mean() [][]float32 {
	for _, head := range a.heads {
		for i := range head {
			head[i] /= float32(a.n)
		}
	}
	a.n = 1
	return a.heads
}

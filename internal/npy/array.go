package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/float16"
)

// Array is an array widened to float64, in C order.
type Array struct {
	Shape []int
	// Dtype is the descriptor that the file had.
	Dtype string
	Data  []float64
}

// Float32 returns the values rounded to float32.
func (a Array) Float32() []float32 {
	r := make([]float32, len(a.Data))
	for i, v := range a.Data {
		r[i] = float32(v)
	}
	return r
}

// Read reads a .npy file.
func Read(path string) (Array, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Array{}, err
	}
	a, err := Decode(raw)
	if err != nil {
		return a, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// Decode is Read on bytes in memory. Bytes behind the array are ignored, as NumPy does.
func Decode(raw []byte) (Array, error) {
	h, err := ReadHeader(bytes.NewReader(raw))
	if err != nil {
		return Array{}, err
	}
	values := raw[h.Offset:]
	n, err := h.Elements(len(values) / h.Width())
	if err != nil {
		return Array{}, err
	}
	a := Array{Shape: h.Shape, Dtype: h.Dtype, Data: make([]float64, n)}
	for i := range a.Data {
		a.Data[i] = number(h.Dtype, values[i*h.Width():])
	}
	return a, nil
}

func number(dtype string, b []byte) float64 {
	le := binary.LittleEndian
	switch dtype {
	case "<f2":
		return float64(float16.FromBits(le.Uint16(b)))
	case "<f4":
		return float64(math.Float32frombits(le.Uint32(b)))
	case "<f8":
		return math.Float64frombits(le.Uint64(b))
	case "|i1":
		return float64(int8(b[0]))
	case "|u1", "|b1":
		return float64(b[0])
	case "<i2":
		return float64(int16(le.Uint16(b)))
	case "<u2":
		return float64(le.Uint16(b))
	case "<i4":
		return float64(int32(le.Uint32(b)))
	case "<u4":
		return float64(le.Uint32(b))
	case "<i8":
		return float64(int64(le.Uint64(b)))
	}
	return float64(le.Uint64(b))
}

// Encode writes a float32 array.
func Encode(w io.Writer, shape []int, data []float32) error {
	if _, err := w.Write(AppendHeader(nil, "<f4", shape)); err != nil {
		return err
	}
	raw := make([]byte, 0, 1<<16)
	for len(data) > 0 {
		n := min(len(data), 1<<14)
		raw = raw[:0]
		for _, v := range data[:n] {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
		if _, err := w.Write(raw); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// Write writes a float32 array to a .npy file by temporary file and rename.
func Write(path string, shape []int, data []float32) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Encode(w, shape, data) })
}

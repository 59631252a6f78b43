package dataset

import (
	"encoding/binary"
	"io"
	"math"
	"slices"

	"github.com/autoseg/autoseg/internal/npy"
)

func writeFloats(w io.Writer, shape []int, data []float32) error {
	return writeValues(w, "<f4", shape, data, func(b []byte, v float32) []byte {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	})
}

// writeLabels writes int8 where all values fit and int16 otherwise, as nnU-Net chooses.
func writeLabels(w io.Writer, shape []int, labels []int16) error {
	if len(labels) == 0 || slices.Max(labels) <= math.MaxInt8 && slices.Min(labels) >= math.MinInt8 {
		return writeValues(w, "|i1", shape, labels, func(b []byte, v int16) []byte { return append(b, byte(v)) })
	}
	return writeValues(w, "<i2", shape, labels, func(b []byte, v int16) []byte {
		return binary.LittleEndian.AppendUint16(b, uint16(v))
	})
}

func writeValues[T any](w io.Writer, dtype string, shape []int, values []T, encode func([]byte, T) []byte) error {
	buffer := npy.AppendHeader(make([]byte, 0, 1<<16), dtype, shape)
	if _, err := w.Write(buffer); err != nil {
		return err
	}
	for chunk := range slices.Chunk(values, 1<<13) {
		buffer = buffer[:0]
		for _, v := range chunk {
			buffer = encode(buffer, v)
		}
		if _, err := w.Write(buffer); err != nil {
			return err
		}
	}
	return nil
}

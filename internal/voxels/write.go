package voxels

import (
	"encoding/binary"
	"io"
	"math"
)

// WriteFloat32 writes numbers as little-endian float32.
func WriteFloat32(w io.Writer, data []float32) error {
	return write(w, data, 4, func(dst []byte, v float32) { binary.LittleEndian.PutUint32(dst, math.Float32bits(v)) })
}

// WriteLabels writes labels as little-endian numbers of LabelType(labels).
func WriteLabels(w io.Writer, labels []uint16) error {
	if LabelType(labels) == Uint8 {
		return write(w, labels, 1, func(dst []byte, v uint16) { dst[0] = byte(v) })
	}
	return write(w, labels, 2, binary.LittleEndian.PutUint16)
}

func write[T any](w io.Writer, data []T, width int, put func(dst []byte, v T)) error {
	chunk := make([]byte, min(chunkBytes, len(data)*width))
	for len(data) > 0 {
		n := min(chunkBytes/width, len(data))
		for i, v := range data[:n] {
			put(chunk[i*width:], v)
		}
		if _, err := w.Write(chunk[:n*width]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// AppendFloat32 appends a number as little-endian float32.
func AppendFloat32(b []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
}

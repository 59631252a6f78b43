package voxels

import (
	"fmt"
	"math"
	"slices"
)

// LabelError reports a voxel of a segmentation that holds no label value.
type LabelError struct {
	Value    float32
	Position [3]int // z, y, x
}

func (e *LabelError) Error() string {
	what := "is not a whole number"
	switch {
	case math.IsNaN(float64(e.Value)):
	case e.Value < 0:
		what = "is negative"
	case e.Value > math.MaxUint16:
		what = "is above 65535"
	}
	return fmt.Sprintf("label value %v at voxel %v (z, y, x) %s; labels are whole numbers from 0 to 65535", e.Value, e.Position, what)
}

// AppendLabels appends values as labels; labels holds those of the voxels before. The error of a value
// that is no label is a *LabelError.
func AppendLabels(labels []uint16, values []float32, shape [3]int) ([]uint16, error) {
	for _, v := range values {
		u := uint16(v)
		if float32(u) != v {
			i := len(labels)
			return labels, &LabelError{Value: v, Position: [3]int{i / shape[2] / shape[1], i / shape[2] % shape[1], i % shape[2]}}
		}
		labels = append(labels, u)
	}
	return labels, nil
}

// LabelType returns the type that nnU-Net stores labels in: uint8 if all are below 255, else uint16.
func LabelType(labels []uint16) Type {
	if len(labels) == 0 || slices.Max(labels) < 255 {
		return Uint8
	}
	return Uint16
}

// Planes turns interleaved channels into one after the other.
func Planes(data []float32, channels int) []float32 {
	if channels == 1 {
		return data
	}
	n := len(data) / channels
	r := make([]float32, len(data))
	for i := range n {
		for c := range channels {
			r[c*n+i] = data[i*channels+c]
		}
	}
	return r
}

// WholeType returns the smallest of uint8 and uint16 that holds every value, and whether there is one.
func WholeType(data []float32) (Type, bool) {
	t := Uint8
	for _, v := range data {
		u := uint16(v)
		if float32(u) != v {
			return 0, false
		}
		if u > math.MaxUint8 {
			t = Uint16
		}
	}
	return t, true
}

// Interleave is the way back from Planes.
func Interleave(data []float32, channels int) []float32 {
	if channels == 1 {
		return data
	}
	return Planes(data, len(data)/channels)
}

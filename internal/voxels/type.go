package voxels

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/autoseg/autoseg/internal/float16"
)

// Type is how one number is stored.
type Type int

// The types of numbers.
const (
	Uint8 Type = iota + 1
	Int8
	Uint16
	Int16
	Uint32
	Int32
	Uint64
	Int64
	Float16
	Float32
	Float64
)

var types = map[Type]struct {
	name  string
	bytes int
}{
	Uint8: {"uint8", 1}, Int8: {"int8", 1}, Uint16: {"uint16", 2}, Int16: {"int16", 2}, Uint32: {"uint32", 4}, Int32: {"int32", 4},
	Uint64: {"uint64", 8}, Int64: {"int64", 8}, Float16: {"float16", 2}, Float32: {"float32", 4}, Float64: {"float64", 8},
}

// Bytes returns the size of one number, 0 for no type.
func (t Type) Bytes() int { return types[t].bytes }

// String returns the name of the type, such as int16.
func (t Type) String() string {
	if v, ok := types[t]; ok {
		return v.name
	}
	return fmt.Sprintf("type %d", int(t))
}

// Swap reverses the bytes of every number of width bytes.
func Swap(raw []byte, width int) {
	if width == 1 {
		return
	}
	for ; len(raw) >= width; raw = raw[width:] {
		slices.Reverse(raw[:width])
	}
}

// Widen converts little-endian numbers of a type to float32. It panics when raw is too short or the
// type is none.
func Widen(dst []float32, raw []byte, t Type) {
	le := binary.LittleEndian
	raw = raw[:len(dst)*t.Bytes()]
	switch t {
	case Uint8:
		for i := range dst {
			dst[i] = float32(raw[i])
		}
	case Int8:
		for i := range dst {
			dst[i] = float32(int8(raw[i]))
		}
	case Uint16:
		for i := range dst {
			dst[i] = float32(le.Uint16(raw[2*i:]))
		}
	case Int16:
		for i := range dst {
			dst[i] = float32(int16(le.Uint16(raw[2*i:])))
		}
	case Float16:
		for i := range dst {
			dst[i] = float16.FromBits(le.Uint16(raw[2*i:]))
		}
	case Uint32:
		for i := range dst {
			dst[i] = float32(le.Uint32(raw[4*i:]))
		}
	case Int32:
		for i := range dst {
			dst[i] = float32(int32(le.Uint32(raw[4*i:])))
		}
	case Float32:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(raw[4*i:]))
		}
	case Uint64:
		for i := range dst {
			dst[i] = float32(le.Uint64(raw[8*i:]))
		}
	case Int64:
		for i := range dst {
			dst[i] = float32(int64(le.Uint64(raw[8*i:])))
		}
	case Float64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(raw[8*i:])))
		}
	default:
		panic("voxels: Widen of no type")
	}
}

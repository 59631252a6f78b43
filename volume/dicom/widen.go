package dicom

import (
	"encoding/binary"
	"math"
)

// rescale is the modality transform: value*slope + intercept.
type rescale struct{ slope, intercept float64 }

// widen writes sample s of every pixel to dst, rescaled.
func (f pixelFormat) widen(dst []float32, raw []byte, order binary.ByteOrder, s int, r rescale) {
	width := max(f.allocated/8, 1)
	step, at := f.samples*width, s*width
	if f.planar {
		step, at = width, s*f.rows*f.columns*width
	}
	raw = raw[at:]
	switch {
	case f.floating:
		f.widenFloats(dst, raw, order, step, r)
	case width == 2 && order == binary.LittleEndian && step == 2:
		f.widenWords(dst, raw, r)
	default:
		low, shift := f.high+1-f.stored, 32-f.stored
		for i := range dst {
			var v uint32
			switch p := raw[i*step:]; width {
			case 1:
				v = uint32(p[0])
			case 2:
				v = uint32(order.Uint16(p))
			default:
				v = order.Uint32(p)
			}
			v = v >> low << shift
			if f.signed {
				dst[i] = float32(float64(int32(v)>>shift)*r.slope + r.intercept)
			} else {
				dst[i] = float32(float64(v>>shift)*r.slope + r.intercept)
			}
		}
	}
}

// widenWords is widen for the common case: 16 bits, little endian, one sample.
func (f pixelFormat) widenWords(dst []float32, raw []byte, r rescale) {
	if offset, ok := r.offset(); ok {
		f.shiftWords(dst, raw, offset)
		return
	}
	left, right := 15-f.high, 16-f.stored
	raw = raw[:2*len(dst)]
	if f.signed {
		for i := range dst {
			v := int16(uint16(raw[2*i])|uint16(raw[2*i+1])<<8) << left >> right
			dst[i] = float32(float64(v)*r.slope + r.intercept)
		}
		return
	}
	for i := range dst {
		v := (uint16(raw[2*i]) | uint16(raw[2*i+1])<<8) << left >> right
		dst[i] = float32(float64(v)*r.slope + r.intercept)
	}
}

// offset returns the intercept where values are not multiplied and stay whole numbers, as in most CT.
func (r rescale) offset() (int32, bool) {
	return int32(r.intercept), r.slope == 1 && math.Abs(r.intercept) < 1<<20 && r.intercept == math.Trunc(r.intercept)
}

// shiftWords is widenWords in whole numbers, which float32 holds up to 2^24.
func (f pixelFormat) shiftWords(dst []float32, raw []byte, offset int32) {
	left, right := uint(15-f.high)&15, uint(16-f.stored)&15
	le := binary.LittleEndian
	raw = raw[:2*len(dst)]
	if f.signed {
		for ; len(dst) >= 4; dst, raw = dst[4:], raw[8:] {
			w := le.Uint64(raw)
			dst[0] = float32(int32(int16(w)<<left>>right) + offset)
			dst[1] = float32(int32(int16(w>>16)<<left>>right) + offset)
			dst[2] = float32(int32(int16(w>>32)<<left>>right) + offset)
			dst[3] = float32(int32(int16(w>>48)<<left>>right) + offset)
		}
	}
	for i := range dst {
		v := le.Uint16(raw[2*i:]) << left
		if f.signed {
			dst[i] = float32(int32(int16(v)>>right) + offset)
		} else {
			dst[i] = float32(int32(v>>right) + offset)
		}
	}
}

func (f pixelFormat) widenFloats(dst []float32, raw []byte, order binary.ByteOrder, step int, r rescale) {
	for i := range dst {
		v := 0.0
		if f.allocated == 64 {
			v = math.Float64frombits(order.Uint64(raw[i*step:]))
		} else {
			v = float64(math.Float32frombits(order.Uint32(raw[i*step:])))
		}
		dst[i] = float32(v*r.slope + r.intercept)
	}
}

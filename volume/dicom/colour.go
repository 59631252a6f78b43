package dicom

import "math"

// colourDifference reports whether samples are luminance and colour differences that are to become RGB. JPEG 2000
// decoders undo YBR_RCT and YBR_ICT themselves, since the transform belongs to its codestream.
func (f pixelFormat) colourDifference() bool {
	return f.samples == 3 && (f.photometric == "YBR_FULL" || f.photometric == "YBR_FULL_422")
}

// subsampled reports whether two native pixels of a row share their colour differences.
func (f pixelFormat) subsampled() bool { return f.samples == 3 && f.photometric == "YBR_FULL_422" }

// spread gives every pixel samples of its own: Y1 Y2 Cb Cr becomes Y1 Cb Cr Y2 Cb Cr (PS3.3 C.7.6.3.1.2).
func spread(raw []byte, width int) []byte {
	out := make([]byte, 0, len(raw)/2*3)
	for ; len(raw) >= 4*width; raw = raw[4*width:] {
		colour := raw[2*width : 4*width]
		out = append(append(out, raw[:width]...), colour...)
		out = append(append(out, raw[width:2*width]...), colour...)
	}
	return out
}

// toRGB turns planes of Y, Cb and Cr, from 0 to 2^bits-1, into red, green and blue (PS3.3 C.7.6.3.1.2).
func toRGB(y, cb, cr []float32, bits int) {
	top, middle := math.Exp2(float64(bits))-1, math.Exp2(float64(bits-1))
	whole := func(v float64) float32 { return float32(min(max(math.Floor(v+0.5), 0), top)) }
	for i := range y {
		l, b, r := float64(y[i]), float64(cb[i])-middle, float64(cr[i])-middle
		y[i] = whole(l + 1.402*r)
		cb[i] = whole(l - 0.114*1.772/0.587*b - 0.299*1.402/0.587*r)
		cr[i] = whole(l + 1.772*b)
	}
}

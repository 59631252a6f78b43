package kernel

import (
	"math"

	"github.com/autoseg/autoseg/internal/parallel"
)

// Form is how the weights of a forward convolution come.
type Form uint8

// The forms. Points are Winograd's transform of the weights: what does not change from run to run need not
// be transformed in each.
const (
	Packed     Form = iota // PackWeights
	Points                 // [out/32][16][in/16][z tap][16][32]
	HalfPoints             // the same in bfloat16, channels in pairs: [out/32][16][in/16][z tap][8][32][2]
)

// FormOf returns the form in which constant weights are best kept at a level: Points or Packed.
func FormOf(s Shape, l Level) Form {
	if l != Portable && UseWinograd(s) {
		return Points
	}
	return Packed
}

// PointWeights returns the elements of weights of 3x3 taps per plane as points.
func PointWeights(w Weights, form Form) int {
	n := 16 * groups(w.Out) * Blocks(w.In) * (w.Taps / 9) * wtap
	if form == HalfPoints {
		n /= 2
	}
	return n
}

// PackPoints writes weights [out][in][tap] of kernels k x 3 x 3 as points.
func PackPoints(dst, src []float32, w Weights, form Form, l Level) {
	dst = need("points", dst, PointWeights(w, form))
	src = need("weights", src, w.In*w.Out*w.Taps)
	k := kernelsOf(l)
	each := PointWeights(Weights{w.In, group, w.Taps}, Points)
	packed := make([]float32, PackedWeights(w.In, group, w.Taps))
	points := make([]float32, each)
	for g := range groups(w.Out) {
		part := Weights{w.In, min(group, w.Out-g*group), w.Taps}
		PackWeights(packed, src[g*group*w.In*w.Taps:], part)
		to := points
		if form == Points {
			to = dst[g*each:][:each]
		}
		t := newWinogradSum(Shape{N: 1, In: w.In, Out: part.Out, Extent: [3]int{1, 1, 1}, Kernel: [3]int{w.Taps / 9, 3, 3}}, k, false, Points)
		t.transformWeights(to, packed, 1)
		if form == HalfPoints {
			packHalves(dst[g*each/2:][:each/2], points)
		}
	}
}

// packHalves rounds rows of 32 weights to bfloat16 and joins neighbouring rows (input channels).
func packHalves(dst, src []float32) {
	for r := 0; r < len(dst); r += group {
		for o := range group {
			low, high := half(src[2*r+o]), half(src[2*r+group+o])
			dst[r+o] = math.Float32frombits(uint32(high)<<16 | uint32(low))
		}
	}
}

// half rounds to the nearest bfloat16, ties to even.
func half(v float32) uint16 {
	b := math.Float32bits(v)
	if v != v {
		return uint16(b>>16) | 0x40 // stays not a number
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// UnpackPoints is the inverse of PackPoints but for rounding: the outer taps
// are points themselves, the middle ones differences of points (rows 1 and 2 of G, gen/winograd.go).
func UnpackPoints(dst, src []float32, w Weights, form Form) {
	src = need("points", src, PointWeights(w, form))
	dst = need("weights", dst, w.In*w.Out*w.Taps)
	depth := w.Taps / 9
	parallel.For(1, w.Out*w.In, func(_, n int) {
		o, i := n/w.In, n%w.In
		for z := range depth {
			var p [4][4]float32
			for k := range 16 {
				p[k/4][k%4] = w.pointAt(src, form, o, i, z, k)
			}
			var rows [3][4]float32
			for c := range 4 {
				rows[0][c], rows[1][c], rows[2][c] = p[0][c], p[1][c]-p[2][c], p[3][c]
			}
			for y, r := range rows {
				to := dst[n*w.Taps+z*9+y*3:]
				to[0], to[1], to[2] = r[0], r[1]-r[2], r[3]
			}
		}
	})
}

// pointAt reads point k of a pair of channels.
func (w Weights) pointAt(src []float32, form Form, out, in, z, k int) float32 {
	tap := ((out/group*16+k)*Blocks(w.In)+in/lanes)*(w.Taps/9) + z
	if form == Points {
		return src[tap*wtap+in%lanes*group+out%group]
	}
	pair := math.Float32bits(src[tap*wtap/2+in%lanes/2*group+out%group])
	if in%2 == 0 {
		return math.Float32frombits(pair << 16)
	}
	return math.Float32frombits(pair &^ 0xffff)
}

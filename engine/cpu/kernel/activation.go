package kernel

import (
	"fmt"
	"unsafe"
)

const (
	lanes  = 16        // channels per block
	pixel  = lanes * 4 // bytes of one pixel of a block
	group  = 2 * lanes // output channels per block of packed weights
	wstep  = group * 4 // bytes of packed weights per input channel
	wtap   = lanes * group
	wtapB  = wtap * 4
	column = 2 * lanes // floats of one partial statistic: 16 sums, 16 sums of squares
)

// Activation is an array of samples in float32; Stride is the distance of neighbouring samples in
// elements, at least the length of a sample.
type Activation struct {
	Data   []float32
	Stride int
}

// Blocks returns the number of blocks of 16 that hold the channels.
func Blocks(channels int) int { return (channels + lanes - 1) / lanes }

// BlockedSample returns the elements of one blocked sample.
func BlockedSample(channels int, extent [3]int) int { return Blocks(channels) * volume(extent) * lanes }

// must panics when the activation is too short for n samples of the given length.
func (a Activation) must(what string, n, sample int) {
	if n > 1 && a.Stride < sample || len(a.Data) < (n-1)*a.Stride+sample {
		panic(fmt.Sprintf("kernel: %s has %d elements with stride %d, needs %d samples of %d", what, len(a.Data), a.Stride, n, sample))
	}
}

// ToBlocked writes n planar samples of the given channels and pixels as blocks, channel tail zero.
func ToBlocked(dst Activation, src []float32, n, channels, pixels int) {
	for s := range n {
		for b := range Blocks(channels) {
			d := dst.Data[s*dst.Stride+b*pixels*lanes:][:pixels*lanes]
			blockIn(d, src[(s*channels+b*lanes)*pixels:], min(lanes, channels-b*lanes), pixels)
		}
	}
}

func blockIn(dst, src []float32, channels, pixels int) {
	if channels < lanes {
		clear(dst)
	}
	for c := range channels {
		for i, v := range src[c*pixels:][:pixels] {
			dst[i*lanes+c] = v
		}
	}
}

// FromBlocked writes n blocked samples of the given channels and pixels planar.
func FromBlocked(dst []float32, src Activation, n, channels, pixels int) {
	for s := range n {
		for c := range channels {
			from := src.Data[s*src.Stride+c/lanes*pixels*lanes+c%lanes:]
			to := dst[(s*channels+c)*pixels:][:pixels]
			for i := range to {
				to[i] = from[i*lanes]
			}
		}
	}
}

func at(s []float32, i int) unsafe.Pointer { return unsafe.Pointer(&s[i]) }

func ceil(a, b int) int { return (a + b - 1) / b }

package kernel

import "fmt"

// Shape describes a convolution: N samples of In channels with Extent pixels (z, y, x) to Out channels.
// A 2D convolution has extent, kernel and stride 1 and padding 0 along z.
type Shape struct {
	N, In, Out          int
	Extent              [3]int
	Kernel, Stride, Pad [3]int
}

// Output returns the extent of the result.
func (s Shape) Output() [3]int {
	var o [3]int
	for i := range o {
		o[i] = (s.Extent[i]+2*s.Pad[i]-s.Kernel[i])/s.Stride[i] + 1
	}
	return o
}

// Taps returns the number of weights per pair of channels.
func (s Shape) Taps() int { return volume(s.Kernel) }

// InputSample returns the elements of one sample of the blocked input.
func (s Shape) InputSample() int { return BlockedSample(s.In, s.Extent) }

// OutputSample returns the elements of one sample of the blocked result.
func (s Shape) OutputSample() int { return BlockedSample(s.Out, s.Output()) }

// FLOPs returns the nominal work of each direction, two operations per product, padding included.
func (s Shape) FLOPs() float64 {
	return 2 * float64(s.Taps()*s.In*s.Out) * float64(s.N*volume(s.Output()))
}

// Validate reports the first number that no kernel can work with.
func (s Shape) Validate() error {
	if s.N < 1 || s.In < 1 || s.Out < 1 {
		return fmt.Errorf("convolution of %d samples, %d to %d channels: all must be positive", s.N, s.In, s.Out)
	}
	for i := range 3 {
		k := s.Kernel[i]
		switch {
		case s.Extent[i] < 1 || s.Stride[i] < 1 || s.Pad[i] < 0:
			return fmt.Errorf("convolution axis %d: extent %d, stride %d, padding %d", i, s.Extent[i], s.Stride[i], s.Pad[i])
		case k < 1 || k > maxKernel:
			return fmt.Errorf("convolution axis %d: kernel %d is not in 1..%d", i, k, maxKernel)
		case s.Extent[i]+2*s.Pad[i] < k:
			return fmt.Errorf("convolution axis %d: kernel %d is wider than %d pixels with padding %d", i, k, s.Extent[i], s.Pad[i])
		}
	}
	if s.Extent[1]*s.Extent[2] > maxPlane {
		return fmt.Errorf("convolution of planes of %dx%d pixels: at most %d pixels", s.Extent[1], s.Extent[2], maxPlane)
	}
	return nil
}

func (s Shape) must() {
	if err := s.Validate(); err != nil {
		panic("kernel: " + err.Error())
	}
}

const (
	maxKernel = 31      // tap masks are 32-bit words
	maxPlane  = 1 << 20 // offsets of taps are 32-bit byte counts: 31 planes of 2^20 pixels of 64 bytes fit
)

func volume(e [3]int) int { return e[0] * e[1] * e[2] }

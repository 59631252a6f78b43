package predict

import (
	"math"

	"github.com/autoseg/autoseg/internal/float16"
)

// gaussianMaximum is the largest weight: nnU-Net scales to 10 so that float16 sums keep precision.
const gaussianMaximum = 10

// gaussianWidth is the standard deviation as a share of the window.
const gaussianWidth = 1.0 / 8

// GaussianWeights returns the weight of every voxel of a window, in C order: a Gaussian around voxel
// floor(size/2) with a deviation of an eighth of the size per axis, at most 10, rounded to half
// precision, with zeros replaced by the smallest other weight (nnunet-model.md 5.2).
//
// nnU-Net filters a delta with SciPy's Gaussian, which cuts off at four deviations and normalises each
// axis; the normalisation cancels when the maximum is set, and beyond the cut the weight is zero.
func GaussianWeights(size [3]int) []float32 {
	var axes [3][]float64
	for i, n := range size {
		axes[i] = gaussianAxis(n)
	}
	w := make([]float32, 0, size[0]*size[1]*size[2])
	smallest := float32(math.Inf(1))
	for _, a := range axes[0] {
		for _, b := range axes[1] {
			for _, c := range axes[2] {
				v := float32(float16.Round(gaussianMaximum * a * b * c))
				if v > 0 {
					smallest = min(smallest, v)
				}
				w = append(w, v)
			}
		}
	}
	for i, v := range w {
		if v == 0 {
			w[i] = smallest
		}
	}
	return w
}

func gaussianAxis(n int) []float64 {
	centre, deviation := n/2, float64(n)*gaussianWidth
	radius := int(4*deviation + 0.5)
	axis := make([]float64, n)
	for i := range axis {
		if d := i - centre; d >= -radius && d <= radius {
			axis[i] = math.Exp(-0.5 * float64(d*d) / (deviation * deviation))
		}
	}
	return axis
}

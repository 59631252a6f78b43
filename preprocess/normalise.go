package preprocess

import (
	"fmt"
	"math"
	"slices"

	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
)

// tiny keeps a constant channel from being divided by zero.
const tiny = 1e-8

// channel is one channel to be normalised in place.
type channel struct {
	grid      volume.Grid[float32] // in C order
	inside    *volume.Grid[bool]   // the voxels that count; nil means all
	intensity plans.Intensity
	workers   int
}

// normaliser changes a channel in place. All arithmetic on voxels is float32, as in nnU-Net; sums
// are float64, slice by slice in a fixed order.
type normaliser func(*channel) error

// normalisers are the schemes of nnU-Net's normalization/default_normalization_schemes.py.
var normalisers = map[plans.Scheme]normaliser{
	plans.ZScore:     zScore,
	plans.CT:         clipAndScale,
	plans.None:       func(*channel) error { return nil },
	plans.RescaleTo1: rescaleTo1,
	plans.RGBTo1:     rgbTo1,
}

// normalise applies the plan's scheme to channel i, whose voxels lie in C order.
func (p *Pipeline) normalise(i int, g volume.Grid[float32], inside volume.Grid[bool]) error {
	c := &channel{grid: g, workers: p.Workers}
	if i < len(p.intensities) {
		c.intensity = p.intensities[i]
	}
	scheme := p.configuration.Normalisation[i]
	if scheme.UseMask && scheme.Scheme == plans.ZScore {
		c.inside = &inside
	}
	return normalisers[scheme.Scheme](c)
}

// rows calls use with every row of slice z and its mask, which is nil where all voxels count.
func (c *channel) rows(z int, use func(values []float32, mark []bool)) {
	n := c.grid.Shape[2]
	for y := range c.grid.Shape[1] {
		var mark []bool
		if c.inside != nil {
			mark = c.inside.Data[c.inside.Index(z, y, 0):][:n]
		}
		use(c.grid.Data[c.grid.Index(z, y, 0):][:n], mark)
	}
}

// change calls use with every row, slices side by side.
func (c *channel) change(use func(values []float32, mark []bool)) {
	parallel.For(c.workers, c.grid.Shape[0], func(_, z int) { c.rows(z, use) })
}

// zScore subtracts the mean and divides by the standard deviation, both of the voxels that count, which
// alone are changed.
func zScore(c *channel) error {
	n, sum := c.sum(func(v float64) float64 { return v })
	if n == 0 {
		return nil
	}
	mean := sum / float64(n)
	_, squares := c.sum(func(v float64) float64 { return (v - mean) * (v - mean) })
	shift, scale := float32(mean), float32(max(math.Sqrt(squares/float64(n)), tiny))
	c.change(func(values []float32, mark []bool) {
		for i, v := range values {
			if mark == nil || mark[i] {
				values[i] = (v - shift) / scale
			}
		}
	})
	return nil
}

// sum counts the voxels that count and adds up a function of them.
func (c *channel) sum(of func(float64) float64) (n int, total float64) {
	counts, sums := make([]int, c.grid.Shape[0]), make([]float64, c.grid.Shape[0])
	parallel.For(c.workers, len(sums), func(_, z int) {
		c.rows(z, func(values []float32, mark []bool) {
			for i, v := range values {
				if mark == nil || mark[i] {
					counts[z]++
					sums[z] += of(float64(v))
				}
			}
		})
	})
	for z := range sums {
		n, total = n+counts[z], total+sums[z]
	}
	return n, total
}

// clipAndScale clips to the 0.5 and 99.5 percentile of the dataset's foreground and normalises with its
// mean and standard deviation. NaN passes.
func clipAndScale(c *channel) error {
	low, high := float32(c.intensity.Percentile005), float32(c.intensity.Percentile995)
	shift, scale := float32(c.intensity.Mean), float32(max(c.intensity.Std, tiny))
	c.change(func(values []float32, _ []bool) {
		for i, v := range values {
			if v < low {
				v = low
			}
			if v > high {
				v = high
			}
			values[i] = (v - shift) / scale
		}
	})
	return nil
}

// extent returns the smallest and largest voxel, or NaN where there is one.
func (c *channel) extent() (low, high float32) {
	lows, highs := make([]float32, c.grid.Shape[0]), make([]float32, c.grid.Shape[0])
	parallel.For(c.workers, len(lows), func(_, z int) {
		lows[z], highs[z] = c.grid.At(z, 0, 0), c.grid.At(z, 0, 0)
		c.rows(z, func(values []float32, _ []bool) {
			lows[z], highs[z] = min(lows[z], slices.Min(values)), max(highs[z], slices.Max(values))
		})
	})
	return slices.Min(lows), slices.Max(highs)
}

// rescaleTo1 maps the smallest voxel to 0 and the largest to 1.
func rescaleTo1(c *channel) error {
	low, high := c.extent()
	scale := max(high-low, tiny)
	c.change(func(values []float32, _ []bool) {
		for i, v := range values {
			values[i] = (v - low) / scale
		}
	})
	return nil
}

// rgbTo1 maps 8-bit colours to [0, 1].
func rgbTo1(c *channel) error {
	if low, high := c.extent(); !(low >= 0 && high <= 255) {
		return fmt.Errorf("values from %g to %g; %s is for values from 0 to 255, choose another normalisation", low, high, plans.RGBTo1)
	}
	c.change(func(values []float32, _ []bool) {
		for i, v := range values {
			values[i] = v / 255
		}
	})
	return nil
}

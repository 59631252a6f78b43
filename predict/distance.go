package predict

import (
	"slices"

	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/volume"
)

// Distance compares an image with the training cases: with their fingerprint where the predictor has it,
// else with what the plan knows. Axes are those of the file, slowest first.
type Distance struct {
	// Range says that the range of the training cases is known, not only their median.
	Range bool `json:"range"`
	// Spacing is in mm, and Extent is that of the nonzero region in mm.
	Spacing AxisDistance `json:"spacing_mm"`
	Extent  AxisDistance `json:"extent_mm"`
	// Intensities holds one entry per channel that the plan has statistics of.
	Intensities []IntensityDistance `json:"intensities"`
}

// AxisDistance compares one length per axis.
type AxisDistance struct {
	Image [3]float64 `json:"image"`
	// Low and High are the range of the training cases (both the median where only that is known).
	Low  [3]float64 `json:"low"`
	High [3]float64 `json:"high"`
	// Ratio is the image's value divided by the nearest one of the range: 1 within it; 0 where the
	// training cases are unknown.
	Ratio [3]float64 `json:"ratio"`
}

// IntensityDistance compares the intensities of one channel. Percentiles are 0.5, 50 and 99.5.
type IntensityDistance struct {
	Channel int `json:"channel"`
	// Image holds the percentiles of the nonzero voxels, Training those of the training foreground.
	Image    [3]float64 `json:"image"`
	Training [3]float64 `json:"training"`
	// Inside is the share of the image's nonzero voxels between the outer training percentiles.
	Inside float64 `json:"inside"`
}

// sampledVoxels bounds the voxels per channel whose intensities are looked at.
const sampledVoxels = 200_000

// Distance compares an image with the training cases; t is its trail.
func (p *Predictor) Distance(image *volume.Image, t *preprocess.Trail) Distance {
	d := Distance{Range: p.config.Fingerprint != nil}
	d.Spacing.Image = image.Spacing
	for i, axis := range t.Forward {
		d.Extent.Image[axis] = float64(t.Cropped[i]) * image.Spacing[axis]
	}
	p.trainingRange(&d)
	d.Spacing.compare()
	d.Extent.compare()
	for c, in := range p.config.Plans.Intensities[:min(image.Channels, len(p.config.Plans.Intensities))] {
		if in.Percentile995 <= in.Percentile005 {
			continue // a channel without statistics
		}
		values := nonzeroSample(image.Channel(c).Data)
		if len(values) == 0 {
			continue
		}
		d.Intensities = append(d.Intensities, IntensityDistance{Channel: c,
			Image:    [3]float64{percentile(values, 0.005), percentile(values, 0.5), percentile(values, 0.995)},
			Training: [3]float64{in.Percentile005, in.Median, in.Percentile995},
			Inside:   inside(values, in.Percentile005, in.Percentile995),
		})
	}
	return d
}

// trainingRange fills in what the training cases were.
func (p *Predictor) trainingRange(d *Distance) {
	if f := p.config.Fingerprint; f != nil {
		for i, spacing := range f.Spacings {
			for axis, s := range spacing {
				d.Spacing.include(i, axis, s)
				d.Extent.include(i, axis, s*float64(f.Shapes[i][axis]))
			}
		}
		return
	}
	for i, axis := range p.config.Plans.TransposeForward {
		spacing := p.config.Plans.MedianSpacing[i]
		d.Spacing.include(0, axis, spacing)
		d.Extent.include(0, axis, spacing*float64(p.config.Plans.MedianShape[i]))
	}
}

// include widens the range of an axis by training case i.
func (d *AxisDistance) include(i, axis int, v float64) {
	if i == 0 {
		d.Low[axis], d.High[axis] = v, v
	}
	d.Low[axis], d.High[axis] = min(d.Low[axis], v), max(d.High[axis], v)
}

func (d *AxisDistance) compare() {
	for axis, v := range d.Image {
		if d.Low[axis] > 0 {
			d.Ratio[axis] = v / min(max(v, d.Low[axis]), d.High[axis])
		}
	}
}

// nonzeroSample returns voxels at equal distances that are not zero, in ascending order.
func nonzeroSample(data []float32) []float32 {
	step := max(1, len(data)/sampledVoxels)
	if step > 1 {
		step |= 1 // even steps would stay in few columns of an image of even width
	}
	var values []float32
	for i := 0; i < len(data); i += step {
		if data[i] != 0 {
			values = append(values, data[i])
		}
	}
	slices.Sort(values)
	return values
}

func percentile(sorted []float32, share float64) float64 {
	return float64(sorted[int(share*float64(len(sorted)-1)+0.5)])
}

func inside(sorted []float32, low, high float64) float64 {
	from, _ := slices.BinarySearch(sorted, float32(low))
	to, found := slices.BinarySearch(sorted, float32(high))
	for found && to < len(sorted) && sorted[to] == float32(high) {
		to++
	}
	return float64(to-from) / float64(len(sorted))
}

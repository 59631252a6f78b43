package phantom

import (
	"math"
	"math/rand/v2"

	"github.com/autoseg/autoseg/volume"
)

// Every voxel is the mean of samples³ points, so that boundaries have partial volumes as in a scanner.
const samples = 2

// noise is the standard deviation of the Gaussian noise of both channels of the receiver, where the
// tissue is at 100.
const noise = 7

// drawCase draws one case: geometry, anatomy, intensities, noise.
func drawCase(rng *rand.Rand) (*volume.Image, *volume.Labels) {
	inPlane := uniform(rng, 1.35, 1.65)
	spacing := [3]float64{uniform(rng, 3.1, 3.9), inPlane, inPlane}
	extent := [3]float64{uniform(rng, 48, 56), uniform(rng, 52, 60), uniform(rng, 52, 60)}
	var shape [3]int
	for i := range shape {
		shape[i] = int(math.Round(extent[i] / spacing[i]))
		extent[i] = float64(shape[i]) * spacing[i]
	}
	geometry := volume.NewGeometry(shape, spacing)
	geometry.Origin = [3]float64{uniform(rng, -100, 100), uniform(rng, -100, 100), uniform(rng, -100, 100)}
	s := newScene(rng, extent)
	image, labels := s.render(geometry, drawBrightness(rng))
	degrade(rng, image)
	return image, labels
}

// drawBrightness draws the mean intensity of every tissue. What is bright shares one range, and so do
// the muscle and the core of the hollow organ.
func drawBrightness(rng *rand.Rand) [tissues]float64 {
	b := [tissues]float64{air: 3}
	for _, t := range []tissue{fat, vessel, solidOrgan, hollowRim} {
		b[t] = uniform(rng, 165, 205)
	}
	for _, t := range []tissue{muscle, hollowCore} {
		b[t] = uniform(rng, 90, 110)
	}
	return b
}

// render samples the scene on the grid of a geometry.
func (s scene) render(g volume.Geometry, brightness [tissues]float64) (*volume.Image, *volume.Labels) {
	image, labels := volume.NewImage(g, 1), volume.NewLabels(g)
	i := 0
	for z := range g.Shape[0] {
		for y := range g.Shape[1] {
			for x := range g.Shape[2] {
				image.Data[i], labels.Data[i] = s.voxel(g, [3]int{z, y, x}, brightness)
				i++
			}
		}
	}
	return image, labels
}

// voxel averages the intensities inside one voxel; its label is that of its centre.
func (s scene) voxel(g volume.Geometry, index [3]int, brightness [tissues]float64) (float32, uint16) {
	position := func(offset [3]float64) point {
		var p point
		for i := range p {
			p[i] = (float64(index[i]) + offset[i] - float64(g.Shape[i])/2) * g.Spacing[i]
		}
		return p
	}
	sum := 0.0
	for n := range samples * samples * samples {
		var offset [3]float64
		for i, k := range [3]int{n / (samples * samples), n / samples % samples, n % samples} {
			offset[i] = (float64(k) + 0.5) / samples
		}
		sum += brightness[s.at(position(offset))]
	}
	return float32(sum / (samples * samples * samples)), labelOf(s.at(position([3]float64{0.5, 0.5, 0.5})))
}

func labelOf(t tissue) uint16 {
	switch t {
	case solidOrgan:
		return Solid
	case hollowRim, hollowCore:
		return Hollow
	}
	return Background
}

// degrade applies what a scanner does: a gain that differs between cases, a smooth multiplicative bias
// field, and Rician noise (the magnitude of a complex signal with Gaussian noise). Intensities are
// rounded, as scanners store integers.
func degrade(rng *rand.Rand, image *volume.Image) {
	gain := uniform(rng, 1.5, 4)
	field := drawBias(rng)
	i := 0
	for z := range image.Shape[0] {
		for y := range image.Shape[1] {
			for x := range image.Shape[2] {
				var p point
				for axis, k := range [3]int{z, y, x} {
					p[axis] = 2*(float64(k)+0.5)/float64(image.Shape[axis]) - 1
				}
				signal := float64(image.Data[i]) * field(p)
				magnitude := math.Hypot(signal+noise*rng.NormFloat64(), noise*rng.NormFloat64())
				image.Data[i] = float32(math.Round(gain * magnitude))
				i++
			}
		}
	}
}

// drawBias returns a random quadratic polynomial on [-1, 1]³, exponentiated: factors between about 0.7
// and 1.4.
func drawBias(rng *rand.Rand) func(p point) float64 {
	var linear, square point
	for i := range 3 {
		linear[i], square[i] = uniform(rng, -0.13, 0.13), uniform(rng, -0.13, 0.13)
	}
	return func(p point) float64 {
		exponent := 0.0
		for i := range 3 {
			exponent += linear[i]*p[i] + square[i]*(p[i]*p[i]-1.0/3)
		}
		return math.Exp(exponent)
	}
}

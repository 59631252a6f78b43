package augment

import "math/rand/v2"

// Brightness multiplies every channel by a factor of its own.
type Brightness struct{ Factor Interval }

// BrightnessParams are the drawn factor of one channel.
type BrightnessParams struct{ Factor float64 }

// Draw draws the factor of one channel, around 1.
func (b Brightness) Draw(rng *rand.Rand) BrightnessParams {
	return BrightnessParams{b.Factor.Around1(rng)}
}

// Apply draws a factor for every channel and multiplies.
func (b Brightness) Apply(patch *Patch, rng *rand.Rand) {
	for c := range patch.Channels {
		b.Draw(rng).Apply(patch.Channel(c))
	}
}

// Apply multiplies one channel.
func (b BrightnessParams) Apply(channel []float32) {
	f := float32(b.Factor)
	for i := range channel {
		channel[i] *= f
	}
}

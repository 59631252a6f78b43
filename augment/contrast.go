package augment

import "math/rand/v2"

// Contrast stretches every channel around its mean and keeps its range:
// clip((x-mean)·m + mean, min, max), with the statistics of the patch as it is.
type Contrast struct{ Factor Interval }

// ContrastParams are the drawn factor m of one channel.
type ContrastParams struct{ Factor float64 }

// Draw draws the factor of one channel, around 1.
func (c Contrast) Draw(rng *rand.Rand) ContrastParams { return ContrastParams{c.Factor.Around1(rng)} }

// Apply draws a factor for every channel and stretches.
func (c Contrast) Apply(patch *Patch, rng *rand.Rand) {
	for i := range patch.Channels {
		c.Draw(rng).Apply(patch.Channel(i))
	}
}

// Apply stretches one channel.
func (c ContrastParams) Apply(channel []float32) {
	low, high := extremes(channel)
	m := float32(c.Factor)
	mean := float32(mean(channel))
	for i, v := range channel {
		channel[i] = min(max((v-mean)*m+mean, low), high)
	}
}

package augment

import "math/rand/v2"

// Gamma changes the intensities of every channel by a power of their place in the range:
//
//	y = ((x-min)/max(range, 1e-7))^g · range + min
//
// and brings the result back to the channel's old mean and standard deviation (with N-1; the new one
// counts as at least 1e-7). On the inverted image x is replaced by -x before and after.
type Gamma struct {
	// Exponent is the range of g, around 1, drawn per channel.
	Exponent Interval
	// Invert works on the inverted image.
	Invert bool
}

// GammaParams are the drawn exponent of one channel.
type GammaParams struct {
	Exponent float64
	Invert   bool
}

// Draw draws the exponent of one channel.
func (g Gamma) Draw(rng *rand.Rand) GammaParams {
	return GammaParams{g.Exponent.Around1(rng), g.Invert}
}

// Apply draws an exponent for every channel and applies it.
func (g Gamma) Apply(patch *Patch, rng *rand.Rand) {
	for c := range patch.Channels {
		g.Draw(rng).Apply(patch.Channel(c))
	}
}

// Apply changes one channel.
func (g GammaParams) Apply(x []float32) {
	sign := float32(1)
	if g.Invert {
		sign = -1
	}
	low, high := extremes(x)
	if g.Invert {
		low, high = -high, -low
	}
	oldMean := float64(sign) * mean(x)
	oldDeviation := deviation(x, float64(sign)*oldMean)
	width := high - low
	inverse := 1 / max(width, 1e-7)
	var p powers
	p.prepare(g.Exponent)
	for i, v := range x {
		x[i] = p.of((sign*v-low)*inverse)*width + low
	}
	newMean := mean(x)
	factor := float32(oldDeviation / max(deviation(x, newMean), 1e-7))
	shift, back := float32(newMean), float32(oldMean)
	for i, v := range x {
		x[i] = sign * ((v-shift)*factor + back)
	}
}

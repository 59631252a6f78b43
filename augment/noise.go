package augment

import "math/rand/v2"

// Noise adds independent normal noise to every voxel of every channel: x + σ·n, with one σ for all
// channels. (The parameter is called variance in nnU-Net but used as standard deviation.)
type Noise struct{ Sigma Interval }

// NoiseParams are a drawn σ.
type NoiseParams struct{ Sigma float64 }

// Draw draws σ.
func (n Noise) Draw(rng *rand.Rand) NoiseParams { return NoiseParams{n.Sigma.Uniform(rng)} }

// Apply draws σ and the noise and adds it.
func (n Noise) Apply(patch *Patch, rng *rand.Rand) {
	params := n.Draw(rng)
	field := patch.scratch(patch.Channels * patch.Voxels())
	for i := range field {
		field[i] = float32(rng.NormFloat64())
	}
	params.Apply(patch, field)
}

// Apply adds σ times a field of unit normal numbers, one per voxel and channel.
func (n NoiseParams) Apply(patch *Patch, field []float32) {
	sigma, data := float32(n.Sigma), patch.Data
	field = field[:len(data)]
	for i, f := range field {
		data[i] += sigma * f
	}
}

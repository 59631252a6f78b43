package augment

import "math/rand/v2"

// Transform changes a patch in place, at random.
type Transform interface {
	Apply(patch *Patch, rng *rand.Rand)
}

// Chain applies transforms one after the other.
type Chain []Transform

// Apply applies every transform of the chain in order.
func (c Chain) Apply(patch *Patch, rng *rand.Rand) {
	for _, t := range c {
		t.Apply(patch, rng)
	}
}

// Sometimes applies a transform to a share of the patches.
type Sometimes struct {
	// Probability is the share, from 0 to 1.
	Probability float64
	Transform   Transform
}

// Apply draws whether this patch is changed, and changes it.
func (s Sometimes) Apply(patch *Patch, rng *rand.Rand) {
	if rng.Float64() < s.Probability {
		s.Transform.Apply(patch, rng)
	}
}

package augment

import "math/rand/v2"

// Clean turns label -1, which marks the outside until here, into background.
type Clean struct{}

// Apply cleans the label maps. It draws nothing.
func (Clean) Apply(patch *Patch, _ *rand.Rand) {
	clean(patch.Labels)
	clean(patch.Previous)
}

func clean(labels []int16) {
	for i, l := range labels {
		labels[i] = l &^ (l >> 15) // negative labels become 0
	}
}

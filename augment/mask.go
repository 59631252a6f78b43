package augment

import "math/rand/v2"

// Mask sets channels to zero where the label is negative, outside of the nonzero region: channels that
// were normalised within that region (use_mask_for_norm).
type Mask struct{ Channels []bool }

// Apply masks the channels. It draws nothing.
func (m Mask) Apply(patch *Patch, _ *rand.Rand) {
	for c, masked := range m.Channels {
		if !masked {
			continue
		}
		x := patch.Channel(c)
		labels := patch.Labels[:len(x)]
		for i, l := range labels {
			if l < 0 {
				x[i] = 0
			}
		}
	}
}

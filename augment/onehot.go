package augment

import "math/rand/v2"

// OneHot appends one channel per label of the previous stage's segmentation to the image: 1 where the
// label is, else 0. The segmentation is done with afterwards.
type OneHot struct {
	// Labels are the foreground labels, ascending.
	Labels []int
}

// Apply appends the channels. It draws nothing.
func (o OneHot) Apply(patch *Patch, _ *rand.Rand) {
	n, c := patch.Voxels(), patch.Channels
	patch.Channels += len(o.Labels)
	patch.extend(patch.Channels * n)
	for k, label := range o.Labels {
		to := patch.Data[(c+k)*n:][:n]
		for i, l := range patch.Previous[:n] {
			to[i] = 0
			if int(l) == label {
				to[i] = 1
			}
		}
	}
}

// extend makes Data longer and keeps its content.
func (p *Patch) extend(n int) {
	if cap(p.Data) < n {
		longer := make([]float32, n)
		copy(longer, p.Data)
		p.Data = longer
	}
	p.Data = p.Data[:n]
}

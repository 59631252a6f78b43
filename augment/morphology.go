package augment

import "math/rand/v2"

// Operator is a morphological operation on a mask.
type Operator int

// The operators, each with a ball as structuring element. Beyond the border nothing is dilated in, and
// everything counts as set for an erosion.
const (
	Dilation Operator = iota
	Erosion
	Closing // dilation, then erosion
	Opening // erosion, then dilation
)

// Morphology changes the one-hot channels of the previous stage's labels, so that a cascade learns to
// distrust them (batchgeneratorsv2's ApplyRandomBinaryOperatorTransform).
type Morphology struct {
	// First and Count name the one-hot channels.
	First, Count int
	// PerLabel is the probability of changing a label.
	PerLabel float64
	// Radius is the range of the ball's radius in voxels.
	Radius Interval
}

// MorphologyParams are what happens to one channel.
type MorphologyParams struct {
	Channel  int
	Operator Operator
	Radius   float64
}

// Draw draws what happens to one label.
func (m Morphology) Draw(channel int, rng *rand.Rand) (MorphologyParams, bool) {
	if rng.Float64() >= m.PerLabel {
		return MorphologyParams{}, false
	}
	return MorphologyParams{channel, Operator(rng.IntN(4)), m.Radius.Uniform(rng)}, true
}

// Apply treats the labels in random order.
func (m Morphology) Apply(patch *Patch, rng *rand.Rand) {
	for _, k := range rng.Perm(m.Count) {
		if params, ok := m.Draw(m.First+k, rng); ok {
			params.Apply(patch, m.First, m.Count)
		}
	}
}

// Apply changes the channel; voxels that it gains are taken from the other channels of the one-hot
// group [first, first+count).
func (m MorphologyParams) Apply(patch *Patch, first, count int) {
	s, x := &patch.bits, patch.Channel(m.Channel)
	s.mask.load(x, patch.Shape)
	element := newBall(m.Radius, patch.Shape)
	switch m.Operator {
	case Dilation:
		s.dilate(element)
	case Erosion:
		s.erode(element)
	case Closing:
		s.dilate(element)
		s.erode(element)
	case Opening:
		s.erode(element)
		s.dilate(element)
	}
	w := patch.Shape[2]
	for i := range x {
		now := s.mask.words[i/w*s.mask.width+i%w/64]>>(i%w%64)&1 == 1
		if now && x[i] == 0 {
			for c := first; c < first+count; c++ {
				patch.Data[c*len(x)+i] = 0
			}
		}
		x[i] = 0
		if now {
			x[i] = 1
		}
	}
}

// erode is the complement of the dilation of the complement.
func (s *bitScratch) erode(element ball) {
	s.mask.invert()
	s.dilate(element)
	s.mask.invert()
}

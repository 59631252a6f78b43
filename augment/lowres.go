package augment

import "math/rand/v2"

// LowResolution simulates a coarser scan: channels are brought down by nearest-exact to
// round(N·scale) and up again linearly, with half-pixel centres and clamped edges.
type LowResolution struct {
	// Scale is the range of scales, one per channel for all axes.
	Scale Interval
	// PerChannel is the share of channels that are treated.
	PerChannel float64
	// Flat leaves axis 0 alone: 2D and dummy-2D patches.
	Flat bool
}

// LowResolutionParams are the drawn scales of one channel per axis; 1 leaves an axis alone.
type LowResolutionParams struct{ Scale [3]float64 }

// Draw draws the scale of one channel, rounded to float32 as nnU-Net's is.
func (l LowResolution) Draw(rng *rand.Rand) LowResolutionParams {
	if rng.Float64() >= l.PerChannel {
		return LowResolutionParams{[3]float64{1, 1, 1}}
	}
	s := float64(float32(l.Scale.Uniform(rng)))
	if l.Flat {
		return LowResolutionParams{[3]float64{1, s, s}}
	}
	return LowResolutionParams{[3]float64{s, s, s}}
}

// Apply draws a scale for every channel and treats it.
func (l LowResolution) Apply(patch *Patch, rng *rand.Rand) {
	for c := range patch.Channels {
		l.Draw(rng).Apply(patch, c)
	}
}

// Apply treats channel c.
func (l LowResolutionParams) Apply(patch *Patch, c int) {
	if l.Scale == [3]float64{1, 1, 1} {
		return
	}
	shape, x := patch.Shape, patch.Channel(c)
	var small [3]int
	for i := range 3 {
		small[i] = scaledSize(shape[i], l.Scale[i])
	}
	rows, columns := small[0]*small[1], small[0]*shape[1]
	// Along axis 2 on the way from the small rows, then along axis 1, then along axis 0 into place.
	memory := patch.scratch(rows*shape[2] + columns*shape[2] + small[2])
	a, b := memory[:rows*shape[2]], memory[rows*shape[2]:][:columns*shape[2]]
	line := memory[len(memory)-small[2]:]
	t := &patch.row.taps
	t.nearest(small, shape)
	t.linear(&t.along, small[2], shape[2])
	for z, fromZ := range t.source[0] {
		for y, fromY := range t.source[1] {
			from := x[(fromZ*shape[1]+fromY)*shape[2]:][:shape[2]]
			for i, s := range t.source[2] {
				line[i] = from[s]
			}
			stretchRow(a[(z*small[1]+y)*shape[2]:][:shape[2]], line, t.along)
		}
	}
	t.linear(&t.along, small[1], shape[1])
	for z := range small[0] {
		stretchSlab(b[z*shape[1]*shape[2]:], a[z*small[1]*shape[2]:], t.along, shape[2])
	}
	t.linear(&t.along, small[0], shape[0])
	stretchSlab(x, b, t.along, shape[1]*shape[2])
}

// taps are the indices and weights of a resampling along one axis.
type taps struct {
	source [3][]int
	along  []tap
}

// tap says that an output is first + weight·(second - first).
type tap struct {
	first, second int
	weight        float32
}

func (t *taps) nearest(small, shape [3]int) {
	for i := range 3 {
		t.source[i] = grow(t.source[i], small[i])
		nearestExact(t.source[i], shape[i])
	}
}

// linear computes the taps from n to m voxels as torch does with align_corners false.
func (t *taps) linear(dst *[]tap, n, m int) {
	*dst = grow(*dst, m)
	ratio := float32(n) / float32(m)
	for i := range *dst {
		at := max(ratio*(float32(i)+0.5)-0.5, 0)
		first := min(int(at), n-1)
		(*dst)[i] = tap{first, min(first+1, n-1), at - float32(first)}
	}
}

func stretchRow(dst, src []float32, along []tap) {
	for i, t := range along {
		v := src[t.first]
		dst[i] = v + t.weight*(src[t.second]-v)
	}
}

// stretchSlab interpolates between the rows of inner numbers that src consists of.
func stretchSlab(dst, src []float32, along []tap, inner int) {
	for i, t := range along {
		d, a, b := dst[i*inner:][:inner], src[t.first*inner:][:inner], src[t.second*inner:][:inner]
		w := t.weight
		for j, v := range a {
			d[j] = v + w*(b[j]-v)
		}
	}
}

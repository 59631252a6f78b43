package augment

import "math/rand/v2"

// Mirror flips image and label maps along axes.
type Mirror struct {
	// Axes may be flipped, each with probability one half.
	Axes [3]bool
}

// MirrorParams are the axes that are flipped.
type MirrorParams struct{ Axes [3]bool }

// Draw draws the axes.
func (m Mirror) Draw(rng *rand.Rand) MirrorParams {
	var p MirrorParams
	for axis, allowed := range m.Axes {
		p.Axes[axis] = allowed && rng.Uint64()&1 == 1
	}
	return p
}

// Apply draws the axes and flips.
func (m Mirror) Apply(patch *Patch, rng *rand.Rand) { m.Draw(rng).Apply(patch) }

// Apply flips image and label maps.
func (m MirrorParams) Apply(patch *Patch) {
	for c := range patch.Channels {
		flip(patch.Channel(c), patch.Shape, m.Axes)
	}
	flip(patch.Labels, patch.Shape, m.Axes)
	if patch.Previous != nil {
		flip(patch.Previous, patch.Shape, m.Axes)
	}
}

// flip reverses the axes of a C-ordered array in place: rows change places with their mirror images,
// and are reversed on the way when axis 2 is flipped too.
func flip[T any](x []T, shape [3]int, axes [3]bool) {
	w, rows := shape[2], shape[0]*shape[1]
	for r := range rows {
		z, y := r/shape[1], r%shape[1]
		if axes[0] {
			z = shape[0] - 1 - z
		}
		if axes[1] {
			y = shape[1] - 1 - y
		}
		partner := z*shape[1] + y
		if partner < r {
			continue
		}
		a, b := x[r*w:(r+1)*w], x[partner*w:(partner+1)*w]
		switch {
		case partner == r && axes[2]:
			reverse(a)
		case partner != r && axes[2]:
			b = b[:len(a)]
			for i, j := 0, len(a)-1; i < len(a); i, j = i+1, j-1 {
				a[i], b[j] = b[j], a[i]
			}
		case partner != r:
			b = b[:len(a)]
			for i := range a {
				a[i], b[i] = b[i], a[i]
			}
		}
	}
}

func reverse[T any](a []T) {
	for i, j := 0, len(a)-1; i < j; i, j = i+1, j-1 {
		a[i], a[j] = a[j], a[i]
	}
}

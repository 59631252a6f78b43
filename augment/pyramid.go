package augment

// Target writes the targets of a network with deep supervision from a label map.
type Target struct {
	// Shapes are the shapes of the levels, finest first; the first is the patch's own without its margin.
	Shapes [][3]int
	// Margin is the rim of the patch that has no target, per side.
	Margin [3]int
	// Regions are the sets of labels of the channels, nil where the target is the label map itself.
	Regions [][]int
	// Ignore is the label that gets the last channel where there are regions, or -1.
	Ignore int
	// Map, if not nil, writes further channels behind the others.
	Map Map
}

// Channels returns the number of channels of a target: one for labels, or one per region plus one for an
// ignore label, and those of the map.
func (t *Target) Channels() int { return t.truthChannels() + t.mapChannels() }

func (t *Target) truthChannels() int {
	switch {
	case t.Regions == nil:
		return 1
	case t.Ignore >= 0:
		return len(t.Regions) + 1
	}
	return len(t.Regions)
}

// Write fills dst[level] with the target of every level, (channel, z, y, x): coarser levels take every
// voxel from the full label map by nearest-exact, like nnU-Net's DownsampleSegForDS.
func (t *Target) Write(dst [][]float32, patch *Patch) {
	for level, shape := range t.Shapes {
		n := shape[0] * shape[1] * shape[2]
		if t.Regions == nil {
			t.level(dst[level][:n], patch, shape, nil)
			continue
		}
		for c := range t.truthChannels() {
			labels := []int{t.Ignore}
			if c < len(t.Regions) {
				labels = t.Regions[c]
			}
			t.level(dst[level][c*n:(c+1)*n], patch, shape, labels)
		}
	}
	if t.Map != nil {
		t.writeMap(dst, patch)
	}
}

// taps says which voxels of the patch a level takes, counted from the margin.
func (t *Target) taps(patch *Patch, shape [3]int) *taps {
	taps, inner := &patch.row.taps, patch.Shape
	for axis, m := range t.Margin {
		inner[axis] -= 2 * m
	}
	taps.nearest(shape, inner)
	return taps
}

// level writes one channel: the labels, or whether they belong to a region.
func (t *Target) level(dst []float32, patch *Patch, shape [3]int, region []int) {
	taps, whole := t.taps(patch, shape), patch.Shape
	i := 0
	for _, z := range taps.source[0] {
		for _, y := range taps.source[1] {
			from := patch.Labels[((z+t.Margin[0])*whole[1]+y+t.Margin[1])*whole[2]+t.Margin[2]:]
			to := dst[i : i+shape[2]]
			i += shape[2]
			if region == nil {
				for x, s := range taps.source[2] {
					to[x] = float32(from[s])
				}
				continue
			}
			for x, s := range taps.source[2] {
				to[x] = member(from[s], region)
			}
		}
	}
}

func member(label int16, region []int) float32 {
	for _, r := range region {
		if int(label) == r {
			return 1
		}
	}
	return 0
}

package augment

// Map computes numbers per voxel from the labels of a finished patch, for a loss that needs them. It is
// computed after the spatial transforms instead of being interpolated along with them, so that distances are
// those of the labels that the network is shown; what lies beyond the patch has no part in it.
type Map interface {
	// Channels returns how many numbers a voxel gets.
	Channels() int
	// Write fills dst, (channel, z, y, x), from labels, (z, y, x).
	Write(dst []float32, labels []int16, shape [3]int)
}

// mapChannels returns the number of channels of the target's map.
func (t *Target) mapChannels() int {
	if t.Map == nil {
		return 0
	}
	return t.Map.Channels()
}

// writeMap computes the map once and writes it behind the other channels of every level, which take the
// voxels of the full resolution that they take the labels of.
func (t *Target) writeMap(dst [][]float32, patch *Patch) {
	channels, whole := t.mapChannels(), patch.Voxels()
	full := patch.scratch(channels * whole)
	t.Map.Write(full, patch.Labels[:whole], patch.Shape)
	for level, shape := range t.Shapes {
		n := shape[0] * shape[1] * shape[2]
		to := dst[level][(t.Channels()-channels)*n:]
		for c := range channels {
			take(to[c*n:(c+1)*n], full[c*whole:], t, patch, shape)
		}
	}
}

// take copies the voxels that a level takes of the full resolution.
func take(dst, full []float32, t *Target, patch *Patch, shape [3]int) {
	taps := t.taps(patch, shape)
	whole, i := patch.Shape, 0
	for _, z := range taps.source[0] {
		for _, y := range taps.source[1] {
			from := full[((z+t.Margin[0])*whole[1]+y+t.Margin[1])*whole[2]+t.Margin[2]:]
			for _, x := range taps.source[2] {
				dst[i] = from[x]
				i++
			}
		}
	}
}

package volume

// Sliceable reports whether single slices of a result can be computed from few source slices, as
// ResampleSlice does.
func (r Resampling) Sliceable() bool {
	return r.Order != Cubic && (r.Across == NoAxis || r.AcrossOrder.isNearest())
}

// Slab is a run of slices of a volume along its slowest axis.
type Slab struct {
	// Grid holds the slices at hand.
	Grid Grid[float32]
	// First is the number of the first of them, and Slices how many the whole volume has.
	First, Slices int
}

// SourceSlices returns for every slice of a result of shape to the range [first, end) of the slices
// of the source, of shape from, that it depends on. It panics unless r is sliceable.
func (r Resampling) SourceSlices(from, to [3]int) [][2]int {
	if !r.Sliceable() {
		panic("volume: SourceSlices of a method that needs the whole volume")
	}
	needed := make([][2]int, to[0])
	var s SliceScratch
	s.prepare(to, from, r)
	for z := range needed {
		switch {
		case from == to:
			needed[z] = [2]int{z, z + 1}
		case s.voxels[0] != nil:
			needed[z] = [2]int{s.voxels[0][z], s.voxels[0][z] + 1}
		default:
			needed[z] = [2]int{s.taps[0][z].low, s.taps[0][z].high + 1}
		}
	}
	return needed
}

// ResampleSlice fills dst, a grid of one slice, with slice z of what Resample makes of src for the
// given shape. It works on the calling goroutine; s is its memory between calls. It panics unless r
// is sliceable.
func ResampleSlice(dst, src Grid[float32], shape [3]int, z int, r Resampling, s *SliceScratch) {
	ResampleSlab(dst, Slab{Grid: src, Slices: src.Shape[0]}, shape, z, r, s)
}

// ResampleSlab is ResampleSlice of a volume of which only the slices that SourceSlices names need to
// be at hand.
func ResampleSlab(dst Grid[float32], slab Slab, shape [3]int, z int, r Resampling, s *SliceScratch) {
	if !r.Sliceable() {
		panic("volume: ResampleSlice with a method that needs the whole volume")
	}
	src, whole := slab.Grid, slab.Grid.Shape
	whole[0] = slab.Slices
	if shape == whole {
		CopyGrid(dst, src.slice(z-slab.First))
		roundGrid(dst, r.Precision)
		return
	}
	s.prepare(shape, whole, r)
	switch {
	case r.Order.isNearest():
		pickVoxels(dst, src, [3][]int{{s.voxels[0][z] - slab.First}, s.voxels[1], s.voxels[2]}, 1)
		roundGrid(dst, r.Precision)
	case r.Across == NoAxis:
		linearSlice(dst, src, s.taps[0][z].shifted(slab.First), s.taps[1], s.taps[2], &s.rows, r.Precision)
	case r.Across == AxisZ:
		resampleLinearSlice(dst, src.slice(s.voxels[0][z]-slab.First), s.taps[1], s.taps[2], &s.rows, r.Precision)
	default:
		s.acrossOther(dst, src, s.taps[0][z].shifted(slab.First), r)
	}
}

// shifted returns the tap in a run of voxels that begins at first.
func (t linearTap) shifted(first int) linearTap {
	t.low, t.high = t.low-first, t.high-first
	return t
}

// SliceScratch is the memory of ResampleSlice for one goroutine. It may be used for several grids of
// the same shape, each brought to the same shape by the same method; the zero value is ready.
type SliceScratch struct {
	taps   [3][]linearTap
	voxels [3][]int
	rows   linearRows
}

func (s *SliceScratch) prepare(dst, src [3]int, r Resampling) {
	if s.taps[0] != nil {
		return
	}
	for axis := range 3 {
		s.taps[axis] = linearTaps(src[axis], dst[axis])
		order := r.Order
		if r.Across == AxisZ+Axis(axis) {
			order = r.AcrossOrder
		}
		if order.isNearest() {
			s.voxels[axis] = order.voxels(src[axis], dst[axis])
		}
	}
}

// acrossOther computes one slice where the slices that are resampled by themselves run along y or x:
// each of them contributes one line.
func (s *SliceScratch) acrossOther(dst, src Grid[float32], z linearTap, r Resampling) {
	order := slicesFirst(r.Across)
	dst, src = dst.Permute(order), src.Permute(order) // (across, z, the other axis)
	other := s.taps[order[2]]
	for k, source := range s.voxels[order[0]] {
		resampleLinearSlice(dst.slice(k), src.slice(source), []linearTap{z}, other, &s.rows, r.Precision)
	}
}

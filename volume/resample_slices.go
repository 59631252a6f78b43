package volume

// Sliceable reports whether single slices of a result can be computed from few source slices, as
// ResampleSlice does.
func (r Resampling) Sliceable() bool {
	return r.Order != Cubic && (r.Across == NoAxis || r.AcrossOrder.isNearest())
}

// ResampleSlice fills dst, a grid of one slice, with slice z of what Resample makes of src for the
// given shape. It works on the calling goroutine; s is its memory between calls. It panics unless r
// is sliceable.
func ResampleSlice(dst, src Grid[float32], shape [3]int, z int, r Resampling, s *SliceScratch) {
	if !r.Sliceable() {
		panic("volume: ResampleSlice with a method that needs the whole volume")
	}
	switch {
	case shape == src.Shape:
		CopyGrid(dst, src.slice(z))
		roundGrid(dst, r.Precision)
	case r.Order.isNearest():
		s.prepare(shape, src.Shape, r)
		pickVoxels(dst, src, [3][]int{s.voxels[0][z : z+1], s.voxels[1], s.voxels[2]}, 1)
		roundGrid(dst, r.Precision)
	case r.Across == NoAxis:
		s.prepare(shape, src.Shape, r)
		linearSlice(dst, src, s.taps[0][z], s.taps[1], s.taps[2], &s.rows, r.Precision)
	case r.Across == AxisZ:
		s.prepare(shape, src.Shape, r)
		resampleLinearSlice(dst, src.slice(s.voxels[0][z]), s.taps[1], s.taps[2], &s.rows, r.Precision)
	default:
		s.prepare(shape, src.Shape, r)
		s.acrossOther(dst, src, z, r)
	}
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

// acrossOther computes one slice (z) where the slices that are resampled by themselves run along y or
// x: each of them contributes one line.
func (s *SliceScratch) acrossOther(dst, src Grid[float32], z int, r Resampling) {
	order := slicesFirst(r.Across)
	dst, src = dst.Permute(order), src.Permute(order) // (across, z, the other axis)
	other := s.taps[order[2]]
	for k, source := range s.voxels[order[0]] {
		resampleLinearSlice(dst.slice(k), src.slice(source), s.taps[0][z:z+1], other, &s.rows, r.Precision)
	}
}

package volume

// NonZero finds where an image has content, as nnU-Net does before it crops (preprocessing/cropping):
// a voxel counts when any channel differs from zero (NaN does), then holes are filled. The mask
// covers the whole grid in C order; the box is the tight box around it, or the whole grid when every
// voxel is zero. All channels must have the same shape.
func NonZero(channels []Grid[float32]) (mask []bool, box Box) {
	shape := channels[0].Shape
	mask = make([]bool, channels[0].Voxels())
	for _, c := range channels {
		if c.Shape != shape {
			panic("volume: NonZero of channels with different shapes")
		}
		markNonZero(mask, c)
	}
	FillHoles(shape, mask)
	box, any := tightBox(shape, mask)
	if !any {
		box = WholeBox(shape)
	}
	return mask, box
}

// MarkOutside writes labels to dst in C order, with -1 where a background voxel lies outside the
// mask; positive labels outside stay (nnU-Net's crop_to_nonzero). It panics on a label above 32767
// and when the three differ in size.
func MarkOutside(dst []int16, labels Grid[uint16], mask Grid[bool]) {
	if labels.Shape != mask.Shape || len(dst) != labels.Voxels() {
		panic("volume: MarkOutside of grids with different shapes")
	}
	i := 0
	for z := range labels.Shape[0] {
		for y := range labels.Shape[1] {
			l, m := labels.Index(z, y, 0), mask.Index(z, y, 0)
			for range labels.Shape[2] {
				v := labels.Data[l]
				if v > 32767 {
					panic("volume: label above 32767")
				}
				dst[i] = int16(v)
				if v == 0 && !mask.Data[m] {
					dst[i] = -1
				}
				i, l, m = i+1, l+labels.Stride[2], m+mask.Stride[2]
			}
		}
	}
}

func markNonZero(mask []bool, g Grid[float32]) {
	i := 0
	for z := range g.Shape[0] {
		for y := range g.Shape[1] {
			at := g.Index(z, y, 0)
			row := mask[i : i+g.Shape[2]]
			for x := range row {
				if g.Data[at] != 0 {
					row[x] = true
				}
				at += g.Stride[2]
			}
			i += g.Shape[2]
		}
	}
}

// tightBox returns the smallest box that holds every voxel of the mask, and whether there is one.
func tightBox(shape [3]int, mask []bool) (Box, bool) {
	box := Box{Start: shape}
	for z := range shape[0] {
		for y := range shape[1] {
			row := mask[(z*shape[1]+y)*shape[2]:][:shape[2]]
			first := 0
			for first < len(row) && !row[first] {
				first++
			}
			if first == len(row) {
				continue
			}
			last := len(row)
			for !row[last-1] {
				last--
			}
			box.Start = [3]int{min(box.Start[0], z), min(box.Start[1], y), min(box.Start[2], first)}
			box.End = [3]int{z + 1, max(box.End[1], y+1), max(box.End[2], last)}
		}
	}
	return box, !box.Empty()
}

package predict

import (
	"cmp"
	"math/bits"
	"slices"
)

// mirrorings returns every subset of the axes as a bit mask over (z, y, x), the empty one first, then
// by size and in order: the order in which nnU-Net sums the predictions.
func mirrorings(axes []int) []uint {
	var masks []uint
	for subset := range uint(1) << len(axes) {
		mask := uint(0)
		for i, a := range axes {
			if subset>>i&1 != 0 {
				mask |= 1 << a
			}
		}
		masks = append(masks, mask)
	}
	slices.SortStableFunc(masks, func(a, b uint) int { return cmp.Compare(bits.OnesCount(a), bits.OnesCount(b)) })
	return masks
}

// flip copies src to dst mirrored along the axes of the mask. Both hold channels of one size in C order.
func flip(dst, src []float32, size [3]int, mask uint) {
	n := size[0] * size[1] * size[2]
	for c := range len(src) / n {
		from, to := src[c*n:(c+1)*n], dst[c*n:(c+1)*n]
		for z := range size[0] {
			for y := range size[1] {
				sourceZ, sourceY := mirrored(z, size[0], mask&1), mirrored(y, size[1], mask>>1&1)
				row := from[(sourceZ*size[1]+sourceY)*size[2]:][:size[2]]
				out := to[(z*size[1]+y)*size[2]:][:size[2]]
				if mask>>2&1 == 0 {
					copy(out, row)
					continue
				}
				for x, v := range row {
					out[size[2]-1-x] = v
				}
			}
		}
	}
}

// addFlipped adds src, mirrored along the axes of the mask, to dst. Both hold one channel in C order.
func addFlipped(dst, src []float32, size [3]int, mask uint) {
	for z := range size[0] {
		for y := range size[1] {
			sourceZ, sourceY := mirrored(z, size[0], mask&1), mirrored(y, size[1], mask>>1&1)
			row := src[(sourceZ*size[1]+sourceY)*size[2]:][:size[2]]
			out := dst[(z*size[1]+y)*size[2]:][:size[2]]
			if mask>>2&1 == 0 {
				for x, v := range row {
					out[x] += v
				}
				continue
			}
			for x, v := range row {
				out[size[2]-1-x] += v
			}
		}
	}
}

func mirrored(i, n int, bit uint) int {
	if bit == 0 {
		return i
	}
	return n - 1 - i
}

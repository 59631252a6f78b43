package augment

import "math"

// nearestExact fills dst with the source index of every output index when n voxels are brought to
// len(dst), as torch's nearest-exact does: floor((i+0.5)·(n/m)) with float32 division and product.
// The rounding matters: for some sizes (28 to 23) an exact quotient picks another voxel.
func nearestExact(dst []int, n int) {
	ratio := float32(n) / float32(len(dst))
	for i := range dst {
		dst[i] = min(int(math.Floor(float64((float32(i)+0.5)*ratio))), n-1)
	}
}

// scaledSize returns round(n·scale), half to even, at least 1.
func scaledSize(n int, scale float64) int {
	return max(1, int(math.RoundToEven(float64(n)*scale)))
}

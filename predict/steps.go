package predict

import "math"

// Steps returns the start positions of a window of the given size along an axis: as few as needed for
// neighbours to lie at most step*size apart, spread evenly from the first to the last position, rounded
// half to even (nnunet-model.md 5.2). size may not exceed the extent.
func Steps(extent, size int, step float64) []int {
	// float64 keeps nnU-Net's arithmetic: target = size*step, k = ceil((extent-size)/target) + 1.
	k := int(math.Ceil(float64(extent-size)/(float64(size)*step))) + 1
	positions := make([]int, k)
	if k == 1 {
		return positions
	}
	distance := float64(extent-size) / float64(k-1)
	for i := range positions {
		positions[i] = int(math.RoundToEven(distance * float64(i)))
	}
	return positions
}

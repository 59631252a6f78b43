package predict

import "github.com/autoseg/autoseg/plans"

// Passes returns how many patches go through the network to predict an image of a preprocessed shape: its
// windows, each in all mirrored orientations. A 2D network predicts every slice by itself.
func Passes(c *plans.Configuration, shape [3]int) int {
	offset := 3 - c.Dimensions()
	n := 1 << c.Dimensions()
	for axis := range 3 {
		if axis < offset {
			n *= shape[axis]
			continue
		}
		size := c.PatchSize[axis-offset]
		n *= len(Steps(max(shape[axis], size), size, 0.5))
	}
	return n
}

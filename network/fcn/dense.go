package fcn

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/weights"
)

// Convolutional reads the weights of a classifier's fully connected layer, (out, in*kernel...), as those of
// a convolution, (out, in, kernel...): a layer of 4096 x 25088 on 512 channels of 7 x 7 becomes 7-kernels
// from 512 to 4096 channels. The numbers keep their order, because a classifier flattens its features
// channel by channel. The kernel is the extent of those features.
func Convolutional(dense weights.Tensor, kernel []int) (weights.Tensor, error) {
	window := engine.Shape(kernel).Size()
	if len(dense.Shape) != 2 || window < 1 || dense.Shape[1]%window != 0 {
		return weights.Tensor{}, fmt.Errorf("%s of shape %v is no fully connected layer on features of extent %v", dense.Name, dense.Shape, kernel)
	}
	shape := append([]int{dense.Shape[0], dense.Shape[1] / window}, kernel...)
	return weights.Tensor{Name: dense.Name, Shape: shape, Data: dense.Data}, nil
}

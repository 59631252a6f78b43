package predict

import (
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/volume"
)

// unpad cuts the padding off; without padding the data stays where it is.
func unpad(image *padded, classes int, data []float32) preprocess.Logits {
	l := preprocess.Logits{Shape: image.inner, Data: data}
	if image.shape == image.inner {
		return l
	}
	n := image.shape[0] * image.shape[1] * image.shape[2]
	m := image.inner[0] * image.inner[1] * image.inner[2]
	l.Data = make([]float32, classes*m)
	box := volume.WholeBox(image.inner).Shift(image.before)
	for c := range classes {
		volume.NewGrid(image.shape, data[c*n:(c+1)*n]).Crop(box).Copy(l.Data[c*m : (c+1)*m])
	}
	return l
}

package predict

import (
	"github.com/autoseg/autoseg/volume"
)

// Logits are the averaged logits of an image in preprocessed geometry.
type Logits struct {
	// Classes is the number of classes or regions.
	Classes int
	// Shape is the number of voxels per axis.
	Shape [3]int
	// Data is class first, each class in C order.
	Data []float32
}

// Class returns the view of one class.
func (l *Logits) Class(c int) volume.Grid[float32] {
	n := l.Shape[0] * l.Shape[1] * l.Shape[2]
	return volume.NewGrid(l.Shape, l.Data[c*n:(c+1)*n])
}

// unpad cuts the padding off; without padding the data stays where it is.
func unpad(image *padded, classes int, data []float32) *Logits {
	l := &Logits{Classes: classes, Shape: image.inner, Data: data}
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

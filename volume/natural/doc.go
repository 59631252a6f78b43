// Package natural reads and writes natural 2D images: PNG, BMP and JPEG (read only, since writing would
// change voxels).
//
//	image, err := natural.ReadImage("case_0000.png")
//	err = natural.WriteLabels("case.png", &volume.Labels{Geometry: image.Geometry, Data: labels})
//
// As nnU-Net's NaturalImage2DIO has it, a grey image has one channel and a colour image three, or four
// with transparency, each of shape (1, height, width); spacing is (999, 1, 1), since these files do not
// know millimetres. Values are those of the file, 0 to 255 or 0 to 65535; bits of a black and white PNG
// are 0 and 1. A palette gives colours in images; in segmentations it gives its indices, unless it is
// grey.
//
// A size that the file cannot hold is refused before anything is allocated.
package natural

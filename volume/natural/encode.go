package natural

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"golang.org/x/image/bmp"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Encode writes an image as PNG: grey, colours, or colours with transparency, of 8 bits if all values are
// below 256, else of 16. The error of a geometry that PNG cannot hold is a *volume.LostGeometry; values
// that are no whole numbers from 0 to 65535 are an error too.
func Encode(w io.Writer, im *volume.Image) error { return encode(w, "PNG", im) }

// EncodeLabels writes a segmentation as a grey PNG, of 8 bits if every label is below 255, else of 16 (as
// nnU-Net does).
func EncodeLabels(w io.Writer, labels *volume.Labels) error { return encodeLabels(w, "PNG", labels) }

func encode(w io.Writer, name string, im *volume.Image) error {
	if len(im.Data) != im.Channels*im.Voxels() {
		return fmt.Errorf("image of shape %v and %d channels has %d voxels", im.Shape, im.Channels, len(im.Data))
	}
	if err := im.HeldAs(name, volume.NewFlatGeometry(im.Shape[1], im.Shape[2])); err != nil {
		return err
	}
	numbers, whole := voxels.WholeType(im.Data)
	if !whole {
		return fmt.Errorf("%s holds whole numbers from 0 to 65535 only, and the image has others; use a format such as .nii.gz", name)
	}
	pixels, err := picturePixels(im, numbers)
	if err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	return write(w, name, pixels, numbers)
}

func encodeLabels(w io.Writer, name string, labels *volume.Labels) error {
	if len(labels.Data) != labels.Voxels() {
		return fmt.Errorf("labels of shape %v have %d voxels", labels.Shape, len(labels.Data))
	}
	if err := labels.HeldAs(name, volume.NewFlatGeometry(labels.Shape[1], labels.Shape[2])); err != nil {
		return err
	}
	numbers := voxels.LabelType(labels.Data)
	return write(w, name, grey(labels.Data, labels.Shape, numbers), numbers)
}

func write(w io.Writer, name string, pixels image.Image, numbers voxels.Type) error {
	if name == "PNG" {
		return png.Encode(w, pixels)
	}
	if numbers != voxels.Uint8 {
		return fmt.Errorf("%s holds values up to 255 only; use .png", name)
	}
	if _, ok := pixels.(translucent); ok {
		return fmt.Errorf("%s holds one or three channels; use .png", name)
	}
	return bmp.Encode(w, pixels)
}

// picturePixels makes Go's image of the voxels.
func picturePixels(im *volume.Image, numbers voxels.Type) (image.Image, error) {
	switch im.Channels {
	case 1:
		return grey(im.Data, im.Shape, numbers), nil
	case 3, 4:
		return colours(im, numbers), nil
	}
	return nil, fmt.Errorf("holds 1, 3 or 4 channels, and the image has %d", im.Channels)
}

// grey makes a grey image of whole numbers.
func grey[T uint16 | float32](data []T, shape [3]int, numbers voxels.Type) image.Image {
	box := image.Rect(0, 0, shape[2], shape[1])
	if numbers == voxels.Uint8 {
		g := image.NewGray(box)
		for i, v := range data {
			g.Pix[i] = uint8(v)
		}
		return g
	}
	g := image.NewGray16(box)
	for i, v := range data {
		u := uint16(v)
		g.Pix[2*i], g.Pix[2*i+1] = uint8(u>>8), uint8(u)
	}
	return g
}

// translucent keeps the fourth channel of an image that is opaque everywhere, which the encoder would
// leave out.
type translucent struct{ image.Image }

// Opaque says no.
func (translucent) Opaque() bool { return false }

func colours(im *volume.Image, numbers voxels.Type) image.Image {
	box, n := image.Rect(0, 0, im.Shape[2], im.Shape[1]), im.Voxels()
	value := func(c, i int) uint16 {
		switch {
		case c < im.Channels:
			return uint16(im.Data[c*n+i])
		case numbers == voxels.Uint8:
			return 255
		}
		return 65535
	}
	var pixels image.Image
	if numbers == voxels.Uint8 {
		p := image.NewNRGBA(box)
		for i := range 4 * n {
			p.Pix[i] = uint8(value(i%4, i/4))
		}
		pixels = p
	} else {
		p := image.NewNRGBA64(box)
		for i := range 4 * n {
			v := value(i%4, i/4)
			p.Pix[2*i], p.Pix[2*i+1] = uint8(v>>8), uint8(v)
		}
		pixels = p
	}
	if im.Channels == 4 {
		return translucent{pixels}
	}
	return pixels
}

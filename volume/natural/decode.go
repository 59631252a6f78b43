package natural

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// maxPixels bounds an image to 16384 x 16384 pixels, or as many in another shape: 3 GB as colours in
// float32.
const maxPixels = 1 << 28

// format is one kind of file.
type format struct {
	name   string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// density is how many pixels one byte of the file can be at most.
	density int64
}

// formats are recognised by their first bytes, whatever the file is called.
var formats = map[string]format{
	// Deflate of 1-bit pixels.
	"\x89PNG": {"PNG", png.DecodeConfig, png.Decode, 8 * voxels.Deflate},
	// One bit per pixel.
	"BM": {"BMP", bmp.DecodeConfig, bmp.Decode, 8},
	// A block of 64 pixels takes at least one bit, in a progressive scan without any detail.
	"\xff\xd8\xff": {"JPEG", jpeg.DecodeConfig, jpeg.Decode, 8 * 64 * 2},
}

// Decode reads an image from the bytes of a PNG, BMP or JPEG file.
func Decode(r io.Reader) (*volume.Image, error) {
	p, err := read(r)
	if err != nil {
		return nil, err
	}
	channels := p.channels()
	im := volume.NewImage(p.geometry(), channels)
	n := im.Voxels()
	planes := make([][]float32, channels)
	for c := range planes {
		planes[c] = im.Data[c*n : (c+1)*n]
	}
	for y := range p.height() {
		p.row(planes, y)
	}
	return im, nil
}

// DecodeLabels reads a segmentation from the bytes of a PNG or BMP file. Colours are an error, unless they
// are greys, and so is JPEG, whose values are not exact.
func DecodeLabels(r io.Reader) (*volume.Labels, error) {
	p, err := read(r)
	if err != nil {
		return nil, err
	}
	if p.format.name == "JPEG" {
		return nil, errors.New("JPEG does not keep values exactly, so it holds no segmentation; store it as PNG")
	}
	labels := volume.NewLabels(p.geometry())
	if indexed, ok := p.pixels.(*image.Paletted); ok && !isGrey(indexed.Palette) {
		for i := range labels.Data {
			labels.Data[i] = uint16(indexed.Pix[i/p.width()*indexed.Stride+i%p.width()])
		}
		return labels, nil
	}
	channels := p.channels()
	rows := make([][]float32, channels)
	for c := range rows {
		rows[c] = make([]float32, p.width())
	}
	for y := range p.height() {
		p.row(rows, y)
		for x, v := range rows[0] {
			if channels >= 3 && (v != rows[1][x] || v != rows[2][x]) {
				return nil, fmt.Errorf("pixel (%d, %d) has the colour %g, %g, %g; a segmentation has one value per pixel", x, y, v, rows[1][x], rows[2][x])
			}
			labels.Data[y*p.width()+x] = uint16(v)
		}
		for c := range rows {
			clear(rows[c])
		}
	}
	return labels, nil
}

// picture is a file, and its pixels once they are decoded.
type picture struct {
	format format
	config image.Config
	// colour is PNG's colour type, and depth its bits per sample; 0 for other formats.
	colour, depth int
	pixels        image.Image
}

// headBytes reaches to the colour type in a PNG's IHDR, which comes first.
const headBytes = 26

// peek reads the header of a file of so many bytes, and refuses a size that it cannot hold.
func peek(r io.Reader, bytes int64) (picture, error) {
	buffered := bufio.NewReader(r)
	head, _ := buffered.Peek(headBytes) // shorter is no image
	f, err := recognise(head)
	if err != nil {
		return picture{}, err
	}
	p := picture{format: f}
	if f.name == "PNG" && len(head) == headBytes {
		p.depth, p.colour = int(head[24]), int(head[25])
	}
	if p.config, err = f.config(buffered); err != nil {
		return p, f.explain("header is damaged", err)
	}
	return p, f.plausible(p.config, bytes)
}

// read decodes a file.
func read(r io.Reader) (picture, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return picture{}, err
	}
	p, err := peek(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return p, err
	}
	if p.pixels, err = p.format.decode(bytes.NewReader(raw)); err != nil {
		return p, p.format.explain("file is damaged or truncated", err)
	}
	if b := p.pixels.Bounds(); b.Dx() != p.width() || b.Dy() != p.height() {
		return p, fmt.Errorf("the %s file has %v pixels, its header says %d x %d", p.format.name, b.Size(), p.width(), p.height())
	}
	return p, nil
}

// explain tells files of a kind that the decoder does not know from those that are damaged.
func (f format) explain(damage string, err error) error {
	var ofPNG png.UnsupportedError
	var ofJPEG jpeg.UnsupportedError
	switch {
	case errors.Is(err, bmp.ErrUnsupported):
		return errors.New("BMP of 16 bits per pixel, or compressed, is not read; save it as PNG")
	case errors.As(err, &ofPNG), errors.As(err, &ofJPEG):
		return fmt.Errorf("this kind of %s is not read: %w; save the image anew", f.name, err)
	}
	return fmt.Errorf("the %s %s: %w", f.name, damage, err)
}

func recognise(head []byte) (format, error) {
	for magic, f := range formats {
		if len(head) >= len(magic) && string(head[:len(magic)]) == magic {
			return f, nil
		}
	}
	return format{}, fmt.Errorf("neither PNG, BMP nor JPEG: it starts with % x", head[:min(4, len(head))])
}

// plausible compares the size in pixels with that in bytes.
func (f format) plausible(c image.Config, bytes int64) error {
	pixels := int64(c.Width) * int64(c.Height)
	switch {
	case c.Width < 1 || c.Height < 1:
		return fmt.Errorf("an image of %d x %d pixels", c.Width, c.Height)
	case pixels > maxPixels:
		return fmt.Errorf("%d x %d pixels are more than the %d that are read; cut the image into parts", c.Width, c.Height, maxPixels)
	case pixels > bytes*f.density:
		return fmt.Errorf("the header promises %d x %d pixels, more than %d bytes can hold: the file is truncated or damaged", c.Width, c.Height, bytes)
	}
	return nil
}

func (p picture) width() int  { return p.config.Width }
func (p picture) height() int { return p.config.Height }

func (p picture) geometry() volume.Geometry { return volume.NewFlatGeometry(p.height(), p.width()) }

// isGrey reports whether all colours of a palette are greys.
func isGrey(palette color.Palette) bool {
	for _, c := range palette {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		if n.R != n.G || n.R != n.B {
			return false
		}
	}
	return true
}

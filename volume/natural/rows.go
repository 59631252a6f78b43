package natural

import (
	"image"
	"image/color"
)

// The colour types of PNG.
const (
	pngGrey      = 0
	pngGreyAlpha = 4
	pngAlpha     = 6
)

// channels returns how many values a pixel has. A PNG says so itself; a transparent colour that it names
// beside is no channel, and neither is the fourth byte of a BMP.
func (p picture) channels() int {
	if p.format.name == "PNG" {
		switch p.colour {
		case pngGrey:
			return 1
		case pngGreyAlpha:
			return 2
		case pngAlpha:
			return 4
		}
		return 3
	}
	palette, indexed := p.config.ColorModel.(color.Palette)
	// A BMP of greys has a palette, since it knows no other way.
	if p.config.ColorModel == color.GrayModel || indexed && isGrey(palette) {
		return 1
	}
	return 3
}

// bits reports whether the pixels are single bits, which are 0 and 1 and not 0 and 255.
func (p picture) bits() bool {
	if p.format.name == "PNG" {
		return p.depth == 1 && p.colour == pngGrey
	}
	palette, _ := p.config.ColorModel.(color.Palette)
	return len(palette) == 2 && palette[0] == color.RGBA{A: 255} && palette[1] == color.RGBA{255, 255, 255, 255}
}

// row writes row y of every channel to planes, which are rows or whole planes.
func (p picture) row(planes [][]float32, y int) {
	width := p.width()
	rows := make([][]float32, len(planes))
	for c, plane := range planes {
		rows[c] = plane
		if len(plane) > width {
			rows[c] = plane[y*width : (y+1)*width]
		}
	}
	switch pixels := p.pixels.(type) {
	case *image.Gray:
		for x, v := range pixels.Pix[y*pixels.Stride:][:width] {
			rows[0][x] = float32(v)
		}
	case *image.Gray16:
		line := pixels.Pix[y*pixels.Stride:]
		for x := range width {
			rows[0][x] = float32(uint16(line[2*x])<<8 | uint16(line[2*x+1]))
		}
	case *image.NRGBA:
		interleaved(rows, pixels.Pix[y*pixels.Stride:], 1)
	case *image.RGBA:
		interleaved(rows, pixels.Pix[y*pixels.Stride:], 1)
	case *image.NRGBA64:
		interleaved(rows, pixels.Pix[y*pixels.Stride:], 2)
	case *image.RGBA64:
		interleaved(rows, pixels.Pix[y*pixels.Stride:], 2)
	default:
		converted(rows, p.pixels, y)
	}
	if p.bits() {
		for x := range rows[0] {
			rows[0][x] /= 255
		}
	}
}

// interleaved takes the channels of a row of red, green, blue and alpha apart. Files whose pixels come
// premultiplied (RGBA) are opaque.
func interleaved(rows [][]float32, line []uint8, bytes int) {
	from := []int{0, 1, 2, 3}
	if len(rows) == 2 { // grey and alpha
		from = []int{0, 3}
	}
	for c, row := range rows {
		for x := range row {
			i := (4*x + from[c]) * bytes
			v := uint16(line[i])
			if bytes == 2 {
				v = v<<8 | uint16(line[i+1])
			}
			row[x] = float32(v)
		}
	}
}

// converted writes a row of a palette, or of JPEG's colours.
func converted(rows [][]float32, pixels image.Image, y int) {
	corner := pixels.Bounds().Min
	for x := range rows[0] {
		c := color.NRGBAModel.Convert(pixels.At(corner.X+x, corner.Y+y)).(color.NRGBA)
		for i, v := range [3]uint8{c.R, c.G, c.B} {
			if i < len(rows) {
				rows[i][x] = float32(v)
			}
		}
	}
}

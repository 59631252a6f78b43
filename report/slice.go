package report

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image"
	"image/color"
	"image/png"

	"golang.org/x/image/draw"

	"github.com/autoseg/autoseg/volume"
)

// A drawn slice fills this box in pixels without changing its proportions.
const (
	planeHeight = 260
	planeWidth  = 300
)

// slice is one plane through a case; the plane's normal is axis 0 of the grids.
type slice struct {
	gray                 volume.Grid[float32]
	reference, predicted volume.Grid[uint16]
	at                   int
	low, high            float32
	from, to             [2]int // rows and columns that are shown
	spacing              [2]float64
	// upwards draws rows from below, for planes whose vertical axis is the patient's, so that the head is
	// on top.
	upwards bool
}

// draw returns the plane twice: the image, and the image with the reference filled lightly and the
// prediction outlined.
func (s slice) draw() (plane, error) {
	h, w := s.to[0]-s.from[0], s.to[1]-s.from[1]
	source := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := (s.gray.At(s.at, s.from[0]+y, s.from[1]+x) - s.low) / (s.high - s.low)
			source.SetGray(x, y, color.Gray{Y: uint8(255 * min(1, max(0, v)))})
		}
	}
	tall, broad := float64(h)*s.spacing[0], float64(w)*s.spacing[1]
	scale := min(planeHeight/tall, planeWidth/broad)
	p := plane{Width: max(1, int(broad*scale+0.5)), Height: max(1, int(tall*scale+0.5))}
	target := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	draw.CatmullRom.Scale(target, target.Bounds(), source, source.Bounds(), draw.Src, nil)
	var err error
	if p.Image, err = s.encode(grayOf(target)); err != nil {
		return p, err
	}
	s.paint(target)
	p.Overlay, err = s.encode(target)
	return p, err
}

// encode returns a picture as a data URL.
func (s slice) encode(m draw.Image) (template.URL, error) {
	if s.upwards {
		flip(m)
		defer flip(m)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

// outline is the thickness of the prediction's edge in pixels.
const outline = 3

// paint lays the labels over the scaled plane, each pixel by the voxel it shows.
func (s slice) paint(target *image.RGBA) {
	size := target.Bounds().Size()
	voxel := func(g volume.Grid[uint16], x, y int) uint16 {
		x, y = min(max(x, 0), size.X-1), min(max(y, 0), size.Y-1)
		return g.At(s.at, s.from[0]+y*(s.to[0]-s.from[0])/size.Y, s.from[1]+x*(s.to[1]-s.from[1])/size.X)
	}
	for y := range size.Y {
		for x := range size.X {
			if l := voxel(s.reference, x, y); l != 0 {
				blend(target, x, y, classColour(int(l)), 0.5)
			}
			l := voxel(s.predicted, x, y)
			if l == 0 {
				continue
			}
			for _, step := range [4][2]int{{outline, 0}, {-outline, 0}, {0, outline}, {0, -outline}} {
				if voxel(s.predicted, x+step[0], y+step[1]) != l {
					blend(target, x, y, bright(classColour(int(l))), 1)
					break
				}
			}
		}
	}
}

// classColour is the colour of a label.
func classColour(label int) color.RGBA { return palette[(label+1)%len(palette)] }

// bright is a shade close to white, which shows on the fill of the same class and on the image.
func bright(c color.RGBA) color.RGBA {
	lift := func(v uint8) uint8 { return v + uint8(2*int(255-v)/3) }
	return color.RGBA{lift(c.R), lift(c.G), lift(c.B), 255}
}

func blend(target *image.RGBA, x, y int, c color.RGBA, share float64) {
	under := target.RGBAAt(x, y)
	mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-share) + float64(b)*share) }
	target.SetRGBA(x, y, color.RGBA{mix(under.R, c.R), mix(under.G, c.G), mix(under.B, c.B), 255})
}

// grayOf returns the picture without colours, which takes a third of the place.
func grayOf(m *image.RGBA) *image.Gray {
	g := image.NewGray(m.Rect)
	draw.Draw(g, g.Rect, m, m.Rect.Min, draw.Src)
	return g
}

// flip reverses the order of the rows.
func flip(m draw.Image) {
	r := m.Bounds()
	for top, bottom := r.Min.Y, r.Max.Y-1; top < bottom; top, bottom = top+1, bottom-1 {
		for x := r.Min.X; x < r.Max.X; x++ {
			a, b := m.At(x, top), m.At(x, bottom)
			m.Set(x, top, b)
			m.Set(x, bottom, a)
		}
	}
}

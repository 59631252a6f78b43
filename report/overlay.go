package report

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"path/filepath"
	"slices"

	"golang.org/x/image/draw"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

const (
	// pictured is how many of the worst cases are drawn.
	pictured = 4
	// planeHeight is the height in pixels of a drawn slice.
	planeHeight = 220
)

// pictures draws the worst cases that have a prediction and whose image is at hand.
func pictures(s Source, r *results, predictions string) ([]picture, error) {
	if s.Dataset == nil {
		return nil, nil
	}
	var list []picture
	for _, line := range r.Cases {
		if len(list) == pictured {
			break
		}
		c, err := s.Dataset.Case(line.ID)
		if err != nil {
			continue // a case of another dataset folder: a table without its picture is still right
		}
		p, err := drawCase(s.Dataset, c, filepath.Join(predictions, line.ID+s.Dataset.FileEnding))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p.Caption = fmt.Sprintf("%s, mean Dice %s", line.ID, number(line.Mean))
		list = append(list, p)
	}
	return list, nil
}

func drawCase(d *dataset.Dataset, c dataset.Case, prediction string) (picture, error) {
	p := picture{ID: c.ID}
	predicted, err := dataset.Formats().ReadLabels(prediction)
	if err != nil {
		return p, err
	}
	im, err := d.Image(c)
	if err != nil {
		return p, err
	}
	reference := volume.NewLabels(im.Geometry)
	if c.Labels != "" {
		if reference, err = d.Labels(c); err != nil {
			return p, err
		}
	}
	if predicted.Shape != im.Shape || reference.Shape != im.Shape {
		return p, fmt.Errorf("case %s: image, reference and prediction have shapes %v, %v and %v", c.ID, im.Shape, reference.Shape, predicted.Shape)
	}
	low, high := window(im.Channel(0))
	at := fullest(reference, predicted)
	for _, axis := range []int{0, 1, 2} {
		order := [3][3]int{{0, 1, 2}, {1, 0, 2}, {2, 0, 1}}[axis]
		gray := im.Channel(0).Permute(order)
		spacing := [2]float64{im.Spacing[order[1]], im.Spacing[order[2]]}
		sl := slice{gray, reference.Grid().Permute(order), predicted.Grid().Permute(order), at[axis], low, high}
		url, err := sl.draw(spacing, axis != 0)
		if err != nil {
			return p, err
		}
		p.Planes = append(p.Planes, url)
	}
	return p, nil
}

// window returns the gray values that become black and white: the 0.5 and 99.5 percentiles.
func window(g volume.Grid[float32]) (low, high float32) {
	values := slices.Clone(g.Data)
	slices.Sort(values)
	low, high = values[len(values)/200], values[len(values)-1-len(values)/200]
	if high <= low {
		high = low + 1
	}
	return low, high
}

// fullest returns, per axis, the slice that cuts most labelled voxels of the reference, or of the
// prediction where there is no reference, or the middle.
func fullest(reference, predicted *volume.Labels) [3]int {
	for _, l := range []*volume.Labels{reference, predicted} {
		if at, found := mostLabelled(l); found {
			return at
		}
	}
	s := reference.Shape
	return [3]int{s[0] / 2, s[1] / 2, s[2] / 2}
}

func mostLabelled(l *volume.Labels) (at [3]int, found bool) {
	var counts [3][]int
	for axis, n := range l.Shape {
		counts[axis] = make([]int, n)
	}
	for i, v := range l.Data {
		if v != 0 {
			found = true
			counts[0][i/l.Shape[2]/l.Shape[1]]++
			counts[1][i/l.Shape[2]%l.Shape[1]]++
			counts[2][i%l.Shape[2]]++
		}
	}
	for axis := range at {
		for i, n := range counts[axis] {
			if n > counts[axis][at[axis]] {
				at[axis] = i
			}
		}
	}
	return at, found
}

// slice is one plane through a case; the plane is axis 0 of the grids.
type slice struct {
	gray      volume.Grid[float32]
	reference volume.Grid[uint16]
	predicted volume.Grid[uint16]
	at        int
	low, high float32
}

// draw returns the plane as a PNG in a data URL: the reference filled lightly, the prediction as an
// outline. Rows are drawn upwards when the vertical axis is the patient's, so that the head is on top.
func (s slice) draw(spacing [2]float64, upwards bool) (template.URL, error) {
	h, w := s.gray.Shape[1], s.gray.Shape[2]
	source := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := (s.gray.At(s.at, y, x) - s.low) / (s.high - s.low)
			source.Set(x, y, color.Gray{uint8(255 * min(1, max(0, v)))})
		}
	}
	scale := planeHeight / (float64(h) * spacing[0])
	width := max(1, int(float64(w)*spacing[1]*scale+0.5))
	target := image.NewRGBA(image.Rect(0, 0, width, planeHeight))
	draw.CatmullRom.Scale(target, target.Bounds(), source, source.Bounds(), draw.Src, nil)
	s.paint(target)
	if upwards {
		flipRows(target)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, target); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

// paint lays the labels over the scaled plane, each pixel by the voxel it shows.
func (s slice) paint(target *image.RGBA) {
	size := target.Bounds().Size()
	voxel := func(g volume.Grid[uint16], x, y int) uint16 {
		x, y = min(max(x, 0), size.X-1), min(max(y, 0), size.Y-1)
		return g.At(s.at, y*g.Shape[1]/size.Y, x*g.Shape[2]/size.X)
	}
	for y := range size.Y {
		for x := range size.X {
			if l := voxel(s.reference, x, y); l != 0 {
				blend(target, x, y, palette[(int(l)+1)%len(palette)], 0.35)
			}
			l := voxel(s.predicted, x, y)
			edge := l != voxel(s.predicted, x+1, y) || l != voxel(s.predicted, x, y+1) || l != voxel(s.predicted, x-1, y) || l != voxel(s.predicted, x, y-1)
			if edge && l != 0 {
				blend(target, x, y, palette[(int(l)+1)%len(palette)], 1)
			}
		}
	}
}

func blend(target *image.RGBA, x, y int, c color.RGBA, share float64) {
	under := target.RGBAAt(x, y)
	mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-share) + float64(b)*share) }
	target.SetRGBA(x, y, color.RGBA{mix(under.R, c.R), mix(under.G, c.G), mix(under.B, c.B), 255})
}

func flipRows(m *image.RGBA) {
	for i, j := 0, m.Rect.Dy()-1; i < j; i, j = i+1, j-1 {
		a, b := m.Pix[i*m.Stride:(i+1)*m.Stride], m.Pix[j*m.Stride:(j+1)*m.Stride]
		for k := range a {
			a[k], b[k] = b[k], a[k]
		}
	}
}

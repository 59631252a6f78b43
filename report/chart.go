package report

import (
	"bytes"
	"html/template"
	"image/color"
	"regexp"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// series is a named row of numbers: points (X, Y) of a curve, or, without X, values of a histogram.
type series struct {
	name string
	X, Y []float64
}

// palette is readable on white, in print and for people who confuse red and green (Okabe and Ito).
var palette = []color.RGBA{
	{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {230, 159, 0, 255}, {86, 180, 233, 255},
}

const (
	chartWidth  = 12 * vg.Centimeter
	chartHeight = 6.5 * vg.Centimeter
)

func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, f := range []*font.Font{&p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font} {
		f.Variant = "Sans"
	}
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(2)
	p.Add(plotter.NewGrid())
	return p
}

// histogram draws how often values occur, one outline per series.
func histogram(unit string, data []series) (template.HTML, error) {
	p := newPlot(unit, "cases")
	for i, s := range data {
		h, err := plotter.NewHist(plotter.Values(s.Y), 16)
		if err != nil {
			return "", err
		}
		shade := palette[i%len(palette)]
		h.LineStyle.Color = shade
		h.FillColor = color.RGBA{shade.R / 4, shade.G / 4, shade.B / 4, 64} // premultiplied
		p.Add(h)
		p.Legend.Add(s.name, h)
	}
	return svg(p)
}

// curves draws lines over a common axis.
func curves(x, y string, data []series) (template.HTML, error) {
	p := newPlot(x, y)
	p.Legend.YOffs = -vg.Points(20) // between losses, which fall, and Dice, which rises
	for i, s := range data {
		points := make(plotter.XYs, len(s.Y))
		for k := range s.Y {
			points[k].X, points[k].Y = s.X[k], s.Y[k]
		}
		if len(points) == 0 {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return "", err
		}
		line.Color = palette[i%len(palette)]
		line.Width = vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(s.name, line)
	}
	return svg(p)
}

// prolog is what stands before the svg element; inside HTML it is not allowed.
var prolog = regexp.MustCompile(`(?s)^.*?(<svg)`)

func svg(p *plot.Plot) (template.HTML, error) {
	canvas := vgsvg.New(chartWidth, chartHeight)
	p.Draw(plotCanvas(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	// The drawing is our own, made from numbers; no text of the dataset is in it unescaped.
	return template.HTML(prolog.ReplaceAll(b.Bytes(), []byte("$1"))), nil
}

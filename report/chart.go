package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// series is a named curve.
type series struct {
	name string
	X, Y []float64
}

// palette is readable on white, in print and for people who confuse red and green (Okabe and Ito).
var palette = []color.RGBA{
	{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {230, 159, 0, 255}, {86, 180, 233, 255},
}

// size is that of a drawing.
type size struct{ width, height vg.Length }

var (
	small = size{8.4 * vg.Centimeter, 4.6 * vg.Centimeter} // three in a row
	wide  = size{12.8 * vg.Centimeter, 6.4 * vg.Centimeter}
)

var (
	soft = color.RGBA{90, 103, 116, 255}
	rule = color.RGBA{226, 231, 236, 255}
)

func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, f := range []*font.Font{&p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font} {
		f.Variant, f.Size = "Sans", vg.Points(9)
	}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Color, a.Label.TextStyle.Color, a.Tick.Label.Color, a.Tick.Color = soft, soft, soft, rule
		a.Padding = vg.Points(3)
		a.Tick.Marker = plainTicks{}
	}
	p.Legend.TextStyle.Color = soft
	p.Legend.Padding = vg.Points(2)
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = nil, rule
	p.Add(g)
	return p
}

// plainTicks are the default ones with numbers as people write them: 250 and 2.5, not 250.00.
type plainTicks struct{ whole bool }

// Ticks implements plot.Ticker.
func (t plainTicks) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i := range ticks {
		switch v := ticks[i].Value; {
		case ticks[i].Label == "":
		case t.whole && v != math.Round(v):
			ticks[i].Label = ""
		default:
			ticks[i].Label = fmt.Sprintf("%.5g", v)
		}
	}
	return ticks
}

// histogram adds a chart of how often values occur.
func (g *chartGroup) histogram(axis, caption string, values []float64, colour int) error {
	if len(values) == 0 {
		return nil
	}
	p := newPlot(axis, "")
	h, err := plotter.NewHist(plotter.Values(values), bins(len(values)))
	if err != nil {
		return err
	}
	if slices.Min(values) == slices.Max(values) { // a bar of some width
		half := math.Max(math.Abs(values[0])*0.02, 1e-3)
		h.Bins = []plotter.HistogramBin{{Min: values[0] - half, Max: values[0] + half, Weight: float64(len(values))}}
		h.Width = 2 * half
	}
	h.LineStyle.Color, h.LineStyle.Width = color.White, vg.Points(0.7)
	h.FillColor = palette[colour%len(palette)]
	p.Add(h)
	if len(h.Bins) == 1 {
		middle, half := values[0], h.Width/2
		p.X.Min, p.X.Max = middle-25*half, middle+25*half
	}
	p.Y.Min = 0
	p.Y.Tick.Marker = plainTicks{whole: true} // counts
	svg, err := draws(p, small)
	g.Charts = append(g.Charts, chart{Caption: caption, SVG: svg})
	return err
}

// bins is the number of bars: the square root of the number of values, within what can be drawn.
func bins(n int) int { return min(40, max(8, int(math.Sqrt(float64(n))))) }

// curves draws lines over a common axis.
func curves(x string, data []series) (template.HTML, error) {
	p := newPlot(x, "")
	for i, s := range data {
		points := make(plotter.XYs, 0, len(s.Y))
		for k := range s.Y {
			if !math.IsNaN(s.Y[k]) && !math.IsInf(s.Y[k], 0) {
				points = append(points, plotter.XY{X: s.X[k], Y: s.Y[k]})
			}
		}
		if len(points) == 0 {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return "", err
		}
		line.Color, line.Width = palette[i%len(palette)], vg.Points(1.6)
		p.Add(line)
		if len(points) == 1 { // an epoch alone makes no line
			dots, err := plotter.NewScatter(points)
			if err != nil {
				return "", err
			}
			dots.GlyphStyle = draw.GlyphStyle{Color: line.Color, Radius: vg.Points(3), Shape: draw.CircleGlyph{}}
			p.Add(dots)
		}
	}
	return draws(p, wide)
}

// colours names the colours of curves.
func colours(data []series) []keyEntry {
	var key []keyEntry
	for i, s := range data {
		if len(s.Y) > 0 {
			key = append(key, keyEntry{s.name, cssColour(palette[i%len(palette)])})
		}
	}
	return key
}

// cssColour writes a colour for a style.
func cssColour(c color.RGBA) template.CSS {
	return template.CSS(fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B))
}

// prolog is what stands before the svg element; inside HTML it is not allowed.
var prolog = regexp.MustCompile(`(?s)^.*?(<svg)`)

// draws renders a plot.
func draws(p *plot.Plot, s size) (template.HTML, error) {
	canvas := vgsvg.New(s.width, s.height)
	p.Draw(draw.Crop(draw.New(canvas), 0, -vg.Points(8), 0, -vg.Points(6))) // room for the last tick's label
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	// The drawing is our own, made from numbers; no text of the dataset is in it unescaped.
	return template.HTML(prolog.ReplaceAll(b.Bytes(), []byte("$1"))), nil
}

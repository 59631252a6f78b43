package trainer

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"time"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// plotEvery is the least time between two pictures of a training under way.
const plotEvery = 20 * time.Second

// plot draws progress.png: losses with pseudo Dice, seconds per epoch, learning rate. A training under
// way is drawn now and then; last draws it in any case.
func (t *Trainer) plot(last bool) error {
	if !last && time.Since(t.lastPlot) < plotEvery {
		return nil
	}
	t.lastPlot = time.Now()
	err := atomicfile.Write(t.path("progress.png"), func(w io.Writer) error { return drawHistory(w, t.state.History) })
	if err != nil {
		return fmt.Errorf("picture of the training: %w", err)
	}
	return nil
}

// curve is one line of a picture.
type curve struct {
	name   string
	colour color.Color
	value  func(Epoch) float64
}

var (
	blue   = color.RGBA{0x1f, 0x77, 0xb4, 0xff}
	orange = color.RGBA{0xff, 0x7f, 0x0e, 0xff}
	green  = color.RGBA{0x2c, 0xa0, 0x2c, 0xff}
	light  = color.RGBA{0x98, 0xdf, 0x8a, 0xff}
)

// drawHistory writes the picture as PNG.
func drawHistory(w io.Writer, history []Epoch) error {
	pictures := []struct {
		title  string
		curves []curve
	}{
		{"loss and pseudo Dice", []curve{
			{"training loss", blue, func(e Epoch) float64 { return float64(e.TrainLoss) }},
			{"validation loss", orange, func(e Epoch) float64 { return float64(e.ValidationLoss) }},
			{"pseudo Dice", light, func(e Epoch) float64 { return float64(e.MeanDice) }},
			{"moving average", green, func(e Epoch) float64 { return float64(e.EMA) }},
		}},
		{"seconds per epoch", []curve{{"", blue, func(e Epoch) float64 { return e.Time.Seconds() }}}},
		{"learning rate", []curve{{"", blue, func(e Epoch) float64 { return float64(e.Rate) }}}},
	}
	const width, height = 20 * vg.Centimeter, 30 * vg.Centimeter
	img := vgimg.New(width, height)
	tiles := draw.Tiles{Rows: len(pictures), Cols: 1, PadY: vg.Millimeter, PadX: vg.Millimeter}
	grid := make([][]*plot.Plot, len(pictures))
	for i, p := range pictures {
		one, err := drawCurves(p.title, p.curves, history)
		if err != nil {
			return err
		}
		grid[i] = []*plot.Plot{one}
	}
	canvases := plot.Align(grid, tiles, draw.New(img))
	for i := range grid {
		grid[i][0].Draw(canvases[i][0])
	}
	_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}

func drawCurves(title string, curves []curve, history []Epoch) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text = title, "epoch"
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	for _, c := range curves {
		var points plotter.XYs
		for i, e := range history {
			if v := c.value(e); !math.IsNaN(v) && !math.IsInf(v, 0) {
				points = append(points, plotter.XY{X: float64(i), Y: v})
			}
		}
		if len(points) == 0 {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = c.colour, vg.Points(1.5)
		p.Add(line)
		if c.name != "" {
			p.Legend.Add(c.name, line)
		}
	}
	return p, nil
}

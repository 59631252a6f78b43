package report

import (
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// plotCanvas is the whole of an SVG canvas as something to draw a plot on.
func plotCanvas(c *vgsvg.Canvas) draw.Canvas { return draw.New(c) }

package viewer

import (
	"fmt"

	"github.com/autoseg/autoseg/volume"
)

// palette has the colours of classes: index 0 is the background, which is never drawn. Neighbours differ in
// hue and lightness, and all of them stand out from grey.
var palette = []string{"#000000", "#e6332a", "#2f9bff", "#ffd21f", "#2fd16b", "#ff8c1a", "#b266ff", "#19e0e0", "#ff66c4", "#a0e616", "#c98b5a"}

// class is one line of the list of classes.
type class struct {
	// Index is the value that stands for the class in what the browser gets.
	Index  int    `json:"index"`
	Value  int    `json:"value"`
	Name   string `json:"name"`
	Colour string `json:"colour"`
}

// panel describes a segmentation to the page.
type panel struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
	// Millilitres and Dice (with the first segmentation; nil where both are empty) are by class.
	Millilitres []float64  `json:"millilitres,omitempty"`
	Dice        []*float64 `json:"dice,omitempty"`
}

// channel is an image that may lie under the segmentations.
type channel struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// description is the document that the page is made from.
type description struct {
	Title    string     `json:"title"`
	Shape    [3]int     `json:"shape"`
	Spacing  [3]float64 `json:"spacing"`
	Channels []channel  `json:"channels"`
	Panels   []panel    `json:"panels"`
	Classes  []class    `json:"classes"`
}

// describe measures a case.
func describe(c *Case, classes []class, indices [][]byte) description {
	d := description{Title: c.Title, Shape: c.Image.Shape, Spacing: c.Image.Spacing, Classes: classes}
	for i := range c.Image.Channels {
		name := fmt.Sprintf("channel %d", i)
		if i < len(c.Channels) {
			name = c.Channels[i]
		}
		d.Channels = append(d.Channels, channel{name, fmt.Sprintf("/volumes/image-%d.nii", i)})
	}
	for i, s := range c.Segmentations {
		d.Panels = append(d.Panels, panel{Name: s.Name, URL: fmt.Sprintf("/volumes/segmentation-%d.nii", i),
			Millilitres: millilitres(indices[i], len(classes), c.Image.VoxelVolume())})
		if i > 0 {
			d.Panels[i].Dice = dice(indices[0], indices[i], len(classes))
		}
	}
	if len(d.Panels) == 0 {
		d.Panels = []panel{{Name: "image"}}
	}
	return d
}

// millilitres returns the volume of every class.
func millilitres(indices []byte, classes int, cubicMillimetres float64) []float64 {
	counts := make([]float64, classes)
	for _, v := range indices {
		counts[v]++
	}
	for i := range counts {
		counts[i] *= cubicMillimetres / 1000
	}
	return counts
}

// dice returns the Dice coefficient of every class; nil where neither segmentation has it.
func dice(a, b []byte, classes int) []*float64 {
	both, either := make([]float64, classes), make([]float64, classes)
	for i, v := range a {
		either[v]++
		either[b[i]]++
		if v == b[i] {
			both[v]++
		}
	}
	values := make([]*float64, classes)
	for k := range values {
		if either[k] > 0 {
			d := 2 * both[k] / either[k]
			values[k] = &d
		}
	}
	return values
}

// indexShift keeps the browser's values 1 and 2 free: NiiVue cannot tell them from 3 by colour.
const indexShift = 2

// maxClasses is how many classes fit, the background among them, into values below 255, which stay 8 bits
// in a file.
const maxClasses = 255 - indexShift

// indexed returns for every voxel the place of its label in the list of classes.
func indexed(l *volume.Labels, classes []class) []byte {
	var place [1 << 16]byte
	for i, c := range classes {
		place[c.Value] = byte(i)
	}
	indices := make([]byte, len(l.Data))
	for i, v := range l.Data {
		indices[i] = place[v]
	}
	return indices
}

package viewer

import (
	"errors"
	"fmt"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// Case is what is shown.
type Case struct {
	// Title stands above the panels.
	Title string
	// Image lies under every panel. Channels names its channels; without names they are numbered.
	Image    *volume.Image
	Channels []string
	// Segmentations get a panel each, the first one is what the others are compared with. Without any, the
	// image is shown alone.
	Segmentations []Segmentation
	// Labelling names the classes; nil shows the values that occur as "label 1", "label 2".
	Labelling *dataset.Labelling
}

// Segmentation is a label map on the grid of the image.
type Segmentation struct {
	// Name is the heading of its panel.
	Name   string
	Labels *volume.Labels
}

// Validate reports every segmentation that does not lie on the grid of the image.
func (c *Case) Validate() error {
	if c.Image == nil || c.Image.Channels < 1 || len(c.Image.Data) != c.Image.Channels*c.Image.Voxels() {
		return errors.New("view: there is no image")
	}
	findings := []error{c.Image.Geometry.Validate()}
	for _, s := range c.Segmentations {
		if !s.Labels.SameGrid(c.Image.Geometry) {
			findings = append(findings, fmt.Errorf("%s has shape %v and spacing %v, the image %v and %v; resample it to the image's grid",
				s.Name, s.Labels.Shape, s.Labels.Spacing, c.Image.Shape, c.Image.Spacing))
		}
	}
	return errors.Join(findings...)
}

// classes returns the label values to list, background first: those of the labelling, then others that occur.
func (c *Case) classes() []class {
	list := []class{{Name: "background"}}
	listed := map[int]bool{0: true}
	add := func(value int, name string) {
		if !listed[value] {
			listed[value] = true
			list = append(list, class{Value: value, Name: name})
		}
	}
	if c.Labelling != nil {
		for _, v := range c.Labelling.Foreground() {
			add(v, c.Labelling.Name(v))
		}
		if v, ok := c.Labelling.Ignore(); ok {
			add(v, "ignore")
		}
	}
	for _, v := range c.values() {
		add(v, fmt.Sprintf("label %d", v))
	}
	for i := range list {
		list[i].Colour = palette[i%len(palette)]
		if i > 0 {
			list[i].Index = i + indexShift
		}
	}
	return list
}

// values returns the label values that occur in any segmentation, ascending.
func (c *Case) values() []int {
	var seen [1 << 16]bool
	for _, s := range c.Segmentations {
		for _, v := range s.Labels.Data {
			seen[v] = true
		}
	}
	var values []int
	for v, there := range seen {
		if there {
			values = append(values, v)
		}
	}
	return values
}

package importer

import (
	"fmt"

	"github.com/autoseg/autoseg/volume"
)

// part is a slice of a stack that becomes a case of its own, or a whole case.
type part struct {
	id     string
	loaded *loaded
}

// split makes a case of every slice of a stack, numbered from 0. A single slice keeps the name.
func (l *loaded) split(id string) []part {
	depth, size := l.image.Shape[0], l.image.Shape[1]*l.image.Shape[2]
	if depth == 1 {
		return []part{{id, l}}
	}
	g := volume.NewFlatGeometry(l.image.Shape[1], l.image.Shape[2])
	parts := make([]part, depth)
	for z := range depth {
		one := &loaded{image: volume.NewImage(g, l.image.Channels)}
		for c := range l.image.Channels {
			copy(one.image.Data[c*size:(c+1)*size], l.image.Data[(c*depth+z)*size:])
		}
		if l.labels != nil {
			one.labels = volume.NewLabels(g)
			copy(one.labels.Data, l.labels.Data[z*size:])
		}
		parts[z] = part{fmt.Sprintf("%s_%03d", id, z), one}
	}
	return parts
}

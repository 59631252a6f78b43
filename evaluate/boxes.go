package evaluate

import (
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// boxesOf returns the tight box of every label value that two maps of one shape have, in one pass.
func boxesOf(a, b *volume.Labels, workers int) map[uint16]volume.Box {
	slices := make([]map[uint16]volume.Box, a.Shape[0])
	parallel.For(workers, a.Shape[0], func(_, z int) {
		slices[z] = map[uint16]volume.Box{}
		for y := range a.Shape[1] {
			row := (z*a.Shape[1] + y) * a.Shape[2]
			for _, l := range []*volume.Labels{a, b} {
				boxesOfRow(slices[z], l.Data[row:row+a.Shape[2]], z, y)
			}
		}
	})
	boxes := map[uint16]volume.Box{}
	for _, s := range slices {
		for label, box := range s {
			boxes[label] = union(boxes[label], box)
		}
	}
	return boxes
}

// boxesOfRow grows the boxes of the labels in a row, run by run.
func boxesOfRow(boxes map[uint16]volume.Box, row []uint16, z, y int) {
	for x := 0; x < len(row); {
		from := x
		for x < len(row) && row[x] == row[from] {
			x++
		}
		run := volume.Box{Start: [3]int{z, y, from}, End: [3]int{z + 1, y + 1, x}}
		boxes[row[from]] = union(boxes[row[from]], run)
	}
}

// union returns the smallest box around both.
func union(a, b volume.Box) volume.Box {
	if a.Empty() {
		return b
	}
	if b.Empty() {
		return a
	}
	for i := range 3 {
		a.Start[i], a.End[i] = min(a.Start[i], b.Start[i]), max(a.End[i], b.End[i])
	}
	return a
}

package evaluate

import (
	"slices"

	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// The bits of the masks of a class, and of what is asked of their surfaces.
const (
	inReference  = 1 << 0
	inPrediction = 1 << 1
	// in the marks of the surfaces only: voxels of one mask that the other lacks
	onlyReference  = 1 << 2
	onlyPrediction = 1 << 3
)

// Measure computes the distances between the surfaces of every class. Voxels whose reference is the
// ignore label are removed from both maps first. The result does not depend on the number of workers.
// It panics when the maps have different shapes.
func Measure(reference, prediction *volume.Labels, classes []Class, ignore, workers int) []Surfaces {
	if reference.Shape != prediction.Shape {
		panic("evaluate: label maps of different shapes")
	}
	workers = max(1, workers)
	boxes := boxesOf(reference, prediction, workers)
	result := make([]Surfaces, len(classes))
	for i, c := range classes {
		m := measurement{reference: reference, prediction: prediction, ignore: ignore, workers: workers}
		m.member = make([]bool, 1<<16)
		for _, l := range c.Labels {
			m.member[l] = true
			if b, ok := boxes[uint16(l)]; ok {
				m.box = union(m.box, b)
			}
		}
		if ignore >= 0 {
			m.ignored = true
		}
		result[i] = m.surfaces()
	}
	return result
}

// measurement is the work on one class.
type measurement struct {
	reference, prediction *volume.Labels
	member                []bool // by label value
	ignored               bool
	ignore, workers       int
	box                   volume.Box // holds all voxels of both masks
}

func (m *measurement) surfaces() Surfaces {
	var s Surfaces
	if m.box.Empty() {
		return s
	}
	masks := m.masks()
	s.Reference, s.Prediction = m.sizes(masks)
	if s.Reference == 0 || s.Prediction == 0 {
		return s
	}
	// The whole image decides which axes have neighbours, not the box.
	surface := volume.Surface(masks, volume.SpatialAxes(m.reference.Shape), m.workers)
	m.markOnly(surface, masks)
	there := m.directed(surface, inPrediction, inReference, onlyReference)
	back := m.directed(surface, inReference, inPrediction, onlyPrediction)
	s.ToPrediction, s.surfaceToPrediction, s.voxelsToPrediction = there.distances, there.surface, there.voxels
	s.ToReference, s.surfaceToReference, s.voxelsToReference = back.distances, back.surface, back.voxels
	parallel.For(m.workers, 2, func(_, i int) {
		slices.Sort([][]float64{s.ToPrediction, s.ToReference}[i])
	})
	return s
}

// masks returns both masks within the box.
func (m *measurement) masks() volume.Marks {
	masks := volume.NewMarks(m.box.Shape())
	shape := masks.Shape
	parallel.For(m.workers, shape[0], func(_, z int) {
		for y := range shape[1] {
			from := ((z+m.box.Start[0])*m.reference.Shape[1]+y+m.box.Start[1])*m.reference.Shape[2] + m.box.Start[2]
			r, p := m.reference.Data[from:from+shape[2]], m.prediction.Data[from:from+shape[2]]
			dst := masks.Data[(z*shape[1]+y)*shape[2]:][:shape[2]]
			for x, label := range r {
				if m.ignored && int(label) == m.ignore {
					continue
				}
				if m.member[label] {
					dst[x] = inReference
				}
				if m.member[p[x]] {
					dst[x] |= inPrediction
				}
			}
		}
	})
	return masks
}

// slices calls task for every slice of the marks.
func (m *measurement) slices(marks volume.Marks, task func(z, from, to int)) {
	n := marks.Shape[1] * marks.Shape[2]
	parallel.For(m.workers, marks.Shape[0], func(_, z int) { task(z, z*n, (z+1)*n) })
}

// sizes counts the voxels of both masks.
func (m *measurement) sizes(masks volume.Marks) (reference, prediction int) {
	perSlice := make([][4]int, masks.Shape[0])
	m.slices(masks, func(z, from, to int) {
		var n [4]int // by the bits of a voxel
		for _, v := range masks.Data[from:to] {
			n[v&3]++
		}
		perSlice[z] = n
	})
	for _, n := range perSlice {
		reference += n[inReference] + n[inReference|inPrediction]
		prediction += n[inPrediction] + n[inReference|inPrediction]
	}
	return reference, prediction
}

// markOnly marks the voxels of one mask that the other lacks.
func (m *measurement) markOnly(surface, masks volume.Marks) {
	only := [4]uint8{inReference: onlyReference, inPrediction: onlyPrediction}
	m.slices(masks, func(_, from, to int) {
		dst := surface.Data[from:to]
		for i, v := range masks.Data[from:to] {
			dst[i] |= only[v&3]
		}
	})
}

// directed are distances in one direction.
type directed struct {
	distances       []float64 // of the surface voxels
	surface, voxels float64   // sums over surface voxels, and over the voxels outside the other mask
}

// directed measures from the surface from, and from the voxels only, to the surface to. The nearest voxel
// of a mask to a voxel outside it lies on the mask's surface, so that the same distances serve both.
func (m *measurement) directed(surface volume.Marks, to, from, only uint8) directed {
	d := volume.Distances{Mask: surface, Bits: to, Spacing: m.reference.Spacing, Workers: m.workers}
	parts := make([]directed, d.Parts())
	d.Visit(surface, from|only, func(number, i int, distance float64) {
		part, v := &parts[number], surface.Data[i]
		if v&from != 0 {
			part.distances = append(part.distances, distance)
			part.surface += distance
		}
		if v&only != 0 {
			part.voxels += distance
		}
	})
	var sum directed
	for _, part := range parts {
		sum.distances = append(sum.distances, part.distances...)
		sum.surface += part.surface
		sum.voxels += part.voxels
	}
	return sum
}

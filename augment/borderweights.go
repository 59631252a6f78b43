package augment

import (
	"math"

	"github.com/autoseg/autoseg/volume"
)

// BorderWeights is the weight map of U-Net (Ronneberger et al. 2015, equation 2), which makes the gaps
// between neighbouring objects expensive, together with weights of classes:
//
//	w = class weight * (balance + W0 * exp(-(d1 + d2)^2 / (2 Sigma^2)))
//
// where d1 and d2 are the distances of a background voxel to the nearest and the second nearest object; in
// objects, and with fewer than two, the second part is 0. An object is a connected component of one label
// (face connectivity).
type BorderWeights struct {
	// Spacing is that of the patch, in the unit of Sigma.
	Spacing [3]float64
	// W0 is the height of the second part, Sigma its width. W0 = 0 leaves it out.
	W0, Sigma float64
	// Balance makes the first part N/(2 n) for the n of N voxels that are foreground, or background, as the
	// voxel is; it is 1 where one of both is absent.
	Balance bool
	// Classes holds a weight per label; nil means 1 for all.
	Classes []float64
	// Ignore is the label of voxels without weight, which are neither background nor objects, or -1.
	Ignore int
}

// Channels returns 1.
func (b BorderWeights) Channels() int { return 1 }

// Write fills dst with the weights.
func (b BorderWeights) Write(dst []float32, labels []int16, shape [3]int) {
	w := make([]float64, len(labels))
	var objects []object
	if b.W0 != 0 {
		objects = b.objects(labels, shape)
	}
	b.weights(w, labels, shape, objects)
	for i, l := range labels {
		switch {
		case int(l) == b.Ignore:
			w[i] = 0
		case b.Classes != nil:
			w[i] *= b.Classes[max(0, l)]
		}
		dst[i] = float32(w[i])
	}
}

// object is the voxels of one object, as a box of the patch and a mask of the box.
type object struct {
	box  volume.Box
	mask []bool
}

// objects finds the components of every label, each in a box that reaches as far as it has a part in
// weights.
func (b BorderWeights) objects(labels []int16, shape [3]int) []object {
	var objects []object
	seen := map[int16]bool{}
	for _, label := range labels {
		if label <= 0 || int(label) == b.Ignore || seen[label] {
			continue
		}
		seen[label] = true
		set := volume.Components(shape, func(i int) bool { return labels[i] == label }, volume.Faces)
		runs := make([][][2]int, len(set.Sizes))
		set.Each(func(component, from, to int) { runs[component] = append(runs[component], [2]int{from, to}) })
		for _, r := range runs {
			objects = append(objects, newObject(r, shape, b.reach()))
		}
	}
	return objects
}

// reach returns, in voxels, the distance from which on an object changes no weight: e^-18 W0 is less than
// what float32 resolves beside 1.
func (b BorderWeights) reach() [3]int {
	var r [3]int
	for axis, s := range b.Spacing {
		r[axis] = int(min(6*b.Sigma/s, 1<<15)) + 1
	}
	return r
}

// newObject gathers runs of voxels along x.
func newObject(runs [][2]int, shape, reach [3]int) object {
	at := func(i int) [3]int { return [3]int{i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]} }
	box := volume.Box{Start: shape}
	for _, r := range runs {
		first, last := at(r[0]), at(r[1]-1)
		for axis := range box.Start {
			box.Start[axis] = min(box.Start[axis], first[axis])
			box.End[axis] = max(box.End[axis], last[axis]+1)
		}
	}
	for axis, n := range reach {
		box.Start[axis], box.End[axis] = max(0, box.Start[axis]-n), min(shape[axis], box.End[axis]+n)
	}
	o, size := object{box: box}, box.Shape()
	o.mask = make([]bool, size[0]*size[1]*size[2])
	for _, r := range runs {
		first := at(r[0])
		start := ((first[0]-box.Start[0])*size[1]+first[1]-box.Start[1])*size[2] + first[2] - box.Start[2]
		for i := range r[1] - r[0] {
			o.mask[start+i] = true
		}
	}
	return o
}

// weights fills w for a map of labels, 0 being background, and the objects in it.
func (b BorderWeights) weights(w []float64, labels []int16, shape [3]int, objects []object) {
	background, foreground := b.balance(labels)
	for i, l := range labels {
		w[i] = foreground
		if l <= 0 {
			w[i] = background
		}
	}
	if len(objects) < 2 {
		return
	}
	nearest, second := b.distances(len(w), shape, objects)
	for i, l := range labels {
		if l <= 0 {
			d := nearest[i] + second[i]
			w[i] += b.W0 * math.Exp(-d*d/(2*b.Sigma*b.Sigma))
		}
	}
}

// balance returns the first part of the weights of background and foreground.
func (b BorderWeights) balance(labels []int16) (background, foreground float64) {
	n := [2]float64{}
	for _, l := range labels {
		switch {
		case int(l) == b.Ignore:
		case l <= 0:
			n[0]++
		default:
			n[1]++
		}
	}
	if !b.Balance || n[0] == 0 || n[1] == 0 {
		return 1, 1
	}
	return (n[0] + n[1]) / (2 * n[0]), (n[0] + n[1]) / (2 * n[1])
}

// distances returns those to the nearest and the second nearest object; infinity out of reach.
func (b BorderWeights) distances(voxels int, shape [3]int, objects []object) (nearest, second []float64) {
	nearest, second = make([]float64, voxels), make([]float64, voxels)
	for i := range nearest {
		nearest[i], second[i] = math.Inf(1), math.Inf(1)
	}
	for _, o := range objects {
		size := o.box.Shape()
		d := make([]float64, len(o.mask))
		volume.DistanceTransform(d, volume.Distances{Mask: volume.MarksOf(size, o.mask), Bits: 1, Spacing: b.Spacing})
		for k, distance := range d {
			z, y, x := k/(size[1]*size[2])+o.box.Start[0], k/size[2]%size[1]+o.box.Start[1], k%size[2]+o.box.Start[2]
			i := (z*shape[1]+y)*shape[2] + x
			switch {
			case distance < nearest[i]:
				nearest[i], second[i] = distance, nearest[i]
			case distance < second[i]:
				second[i] = distance
			}
		}
	}
	return nearest, second
}

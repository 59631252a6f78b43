package trainer

import (
	"math"

	"github.com/autoseg/autoseg/augment"
	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/random"
	"github.com/autoseg/autoseg/volume"
)

// Batch is what one iteration works on.
type Batch struct {
	// Epoch and Iteration say which one it is, from 0.
	Epoch, Iteration int
	// Image is (sample, channel, z, y, x); without z in 2D.
	Image []float32
	// Targets holds one array per level, finest first: (sample, 1 or regions, z, y, x).
	Targets [][]float32
	// Cases and Boxes say where the samples come from.
	Cases []string
	Boxes []volume.Box
	// Seen counts the voxels of every class of the finest target, see Source.Classes.
	Seen []int
}

// Case is one preprocessed case that patches are cut from. *dataset.Stored is one.
type Case interface {
	ID() string
	Shape() [3]int
	Channels() int
	Locations() []dataset.ClassLocations
	// Patch writes a box, 0 and -1 beyond the case.
	Patch(dst []float32, labels []int16, box volume.Box)
}

// Source makes batches. Every random number derives from (Seed, Purpose, epoch, iteration, sample), so
// a batch is the same whoever makes it and whenever.
type Source struct {
	Seed    uint64
	Purpose string
	Cases   []Case
	// Previous holds, in a cascade, the previous stage's segmentation of every case, (z, y, x).
	Previous []volume.Grid[int16]
	Sampler  Sampler
	Pipeline *augment.Pipeline
	// Size is the number of samples of a batch, Oversample the share that must have foreground.
	Size       int
	Oversample float64
	// Classes are the label sets whose voxels are counted.
	Classes [][]int
}

// NewBatch returns a batch with memory for everything.
func (s *Source) NewBatch() *Batch {
	size := s.Pipeline.Size()
	b := &Batch{
		Image: make([]float32, s.Size*s.Pipeline.Channels()*size[0]*size[1]*size[2]),
		Cases: make([]string, s.Size), Boxes: make([]volume.Box, s.Size), Seen: make([]int, len(s.Classes)),
	}
	for _, shape := range s.Pipeline.Target().Shapes {
		b.Targets = append(b.Targets, make([]float32, s.Size*s.Pipeline.Target().Channels()*shape[0]*shape[1]*shape[2]))
	}
	return b
}

// Fill makes the batch of an iteration, with patch as working memory.
func (s *Source) Fill(b *Batch, patch *augment.Patch, epoch, iteration int) {
	b.Epoch, b.Iteration = epoch, iteration
	clear(b.Seen)
	targets := make([][]float32, len(b.Targets))
	for j := range s.Size {
		rng := random.Derive(s.Seed, s.Purpose, epoch, iteration, j)
		k := rng.IntN(len(s.Cases))
		c := s.Cases[k]
		box := s.Sampler.Box(rng, c.Shape(), c.Locations(), Forced(j, s.Size, s.Oversample))
		s.Pipeline.Reset(patch)
		c.Patch(patch.Data, patch.Labels, box)
		if s.Previous != nil {
			cutLabels(patch.Previous, s.Previous[k], box)
		}
		s.Pipeline.Apply(patch, rng)
		n := len(b.Image) / s.Size
		copy(b.Image[j*n:(j+1)*n], patch.Data)
		for level := range targets {
			n := len(b.Targets[level]) / s.Size
			targets[level] = b.Targets[level][j*n : (j+1)*n]
		}
		s.Pipeline.Target().Write(targets, patch)
		s.count(b.Seen, patch.Labels)
		b.Cases[j], b.Boxes[j] = c.ID(), box
	}
}

// count adds up the voxels of every class.
func (s *Source) count(seen []int, labels []int16) {
	var histogram [math.MaxUint8 + 1]int
	for _, l := range labels {
		if l >= 0 && int(l) < len(histogram) {
			histogram[l]++
		}
	}
	for i, class := range s.Classes {
		for _, l := range class {
			if l < len(histogram) {
				seen[i] += histogram[l]
			} else {
				seen[i]++ // labels above 255 are not counted, and never reported as missing
			}
		}
	}
}

// cutLabels copies a box of a label map, with -1 beyond it.
func cutLabels(dst []int16, from volume.Grid[int16], box volume.Box) {
	shape := box.Shape()
	for i := range dst {
		dst[i] = -1
	}
	inside := box.Intersect(volume.WholeBox(from.Shape))
	if inside.Empty() {
		return
	}
	for z := inside.Start[0]; z < inside.End[0]; z++ {
		for y := inside.Start[1]; y < inside.End[1]; y++ {
			row := from.Data[from.Index(z, y, inside.Start[2]):][:inside.Shape()[2]]
			at := ((z-box.Start[0])*shape[1]+y-box.Start[1])*shape[2] + inside.Start[2] - box.Start[2]
			copy(dst[at:], row)
		}
	}
}

package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/kernel"
)

// blocked is an activation in the blocked layout.
type blocked struct {
	data                     []float32 // from the first element on
	samples, channels, pixel int       // pixel counts the pixels of a channel
	blocks, stride           int
}

func blockedOf(t engine.Tensor) blocked {
	b := shapeOf(t.Shape)
	b.data, b.stride = floats(t), t.SampleStride
	return b
}

// shapeOf describes an activation that has no memory yet.
func shapeOf(s engine.Shape) blocked {
	return blocked{samples: s[0], channels: s[1], pixel: pixels(s), blocks: kernel.Blocks(s[1])}
}

// at points to a pixel of a block.
func (b blocked) at(sample, block, pixel int) unsafe.Pointer {
	return unsafe.Pointer(&b.data[sample*b.stride+(block*b.pixel+pixel)*lanes])
}

// rows returns the floats of pixels [from, to) of a block.
func (b blocked) rows(sample, block, from, to int) []float32 {
	start := sample*b.stride + block*b.pixel*lanes
	return b.data[start+from*lanes : start+to*lanes]
}

// activation gives a tensor to package kernel.
func activation(t engine.Tensor) kernel.Activation {
	return kernel.Activation{Data: floats(t), Stride: t.SampleStride}
}

// chunk is the number of pixels that one task handles: 256 KB, fixed so that sums never depend on the
// number of workers.
const chunk = 4096

// chunks returns the tasks per block.
func (b blocked) chunks() int { return (b.pixel + chunk - 1) / chunk }

// tasks returns the number of tasks for the whole activation.
func (b blocked) tasks() int { return b.samples * b.blocks * b.chunks() }

// piece is what one task handles: pixels [from, to) of a block.
type piece struct{ sample, block, from, to int }

// piece returns the part of task i; the tasks of one block follow each other.
func (b blocked) piece(i int) piece {
	n := b.chunks()
	from := i % n * chunk
	return piece{i / n / b.blocks, i / n % b.blocks, from, min(from+chunk, b.pixel)}
}

// beyondCache is the size in elements from which results are stored past the cache: they would push
// out what is needed next and not survive until they are read.
const beyondCache = 8 << 20 / 4

// large reports that a result is best stored past the cache.
func (b blocked) large() bool { return b.samples*b.blocks*b.pixel*lanes > beyondCache }

// apart reports that two activations share no memory.
func apart(a, b engine.Tensor) bool { return a.Memory != b.Memory || a.Offset != b.Offset }

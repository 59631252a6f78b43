package preprocess

import (
	"runtime"

	"github.com/autoseg/autoseg/volume"
)

const (
	// programBytes is what a process needs besides arrays: itself, buffers of files, and the parts of
	// the heap that arrays do not fill exactly.
	programBytes = 64 << 20
	// tidyBytes is the size from which an array that is no longer needed is worth a collection of
	// garbage before the next one is made.
	tidyBytes = 64 << 20
)

// Memory announces the peak memory in bytes of preprocessing one case with labels: of an image of so
// many channels and a shape (in plan order, nothing cropped away) resampled to another shape. The
// peak is in one of two moments: while the last channel is resampled, or its labels.
func Memory(shape [3]int, channels int, resampled [3]int) int64 {
	before, after := voxels(shape), voxels(resampled)
	const image, labels, mask, preprocessed = 4, 2, 1, 2 // bytes per voxel
	held := before*(labels+mask) + after*image*int64(channels)
	resampling := before * image * int64(channels)
	marking := before*preprocessed + after*preprocessed
	if shape == resampled {
		marking = before * preprocessed
	} else {
		resampling += before*image + int64(volume.CubicMemory(resampled, shape))
	}
	return programBytes + held + max(resampling, marking)
}

// Memory announces the peak memory in bytes of preprocessing one case of a geometry, before its
// nonzero region is known.
func (p *Pipeline) Memory(g volume.Geometry, channels int) int64 {
	t := p.trail(&volume.Image{Geometry: g}, volume.WholeBox(permuted(g.Shape, p.forward)))
	return Memory(t.Cropped, channels, t.Resampled)
}

func permuted(shape, order [3]int) [3]int {
	return [3]int{shape[order[0]], shape[order[1]], shape[order[2]]}
}

func voxels(shape [3]int) int64 { return int64(shape[0]) * int64(shape[1]) * int64(shape[2]) }

// tidy frees garbage after a step that leaves much of it. Left alone the collector would wait until
// the heap has doubled, and the announced peak with it.
func tidy(bytes int) {
	if bytes >= tidyBytes {
		runtime.GC()
	}
}

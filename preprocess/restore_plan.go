package preprocess

import "github.com/autoseg/autoseg/volume"

// Uncropped returns the trail of an image of a geometry from which nothing is cropped: what is known
// of a case before its voxels have been read.
func (p *Pipeline) Uncropped(g volume.Geometry) Trail {
	return p.trail(&volume.Image{Geometry: g}, volume.WholeBox(permuted(g.Shape, p.forward)))
}

// ImageMemory announces the peak memory in bytes of preprocessing an image without labels, the image
// itself included. The peak is in one of two moments: while holes of the nonzero region are being
// filled, or while the last channel is resampled.
func (p *Pipeline) ImageMemory(t *Trail, channels int) int64 {
	before, after := voxels(t.Cropped), voxels(t.Resampled)
	const value, mask, reached = 4, 1, 1 // bytes per voxel
	held := before * (value*int64(channels) + mask + reached)
	resampling := after * value * int64(channels)
	if t.Cropped != t.Resampled {
		resampling += before*value + int64(volume.CubicMemory(t.Resampled, t.Cropped))
	}
	return held + resampling
}
